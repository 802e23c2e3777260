package io.dualtrack.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Properties;
import java.util.Random;
import java.util.stream.Stream;
import org.gaul.s3proxy.AuthenticationType;
import org.gaul.s3proxy.S3Proxy;
import org.jclouds.ContextBuilder;
import org.jclouds.blobstore.BlobStoreContext;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class FileStoreTest {

  private static final byte[] CONTENT = new byte[3_000_000];

  /** Where files are kept, and whether they are encrypted. */
  enum Kind {
    DISK(false, false),
    ENCRYPTED_DISK(false, true),
    S3(true, false),
    ENCRYPTED_S3(true, true);

    private final boolean s3;
    private final boolean encrypted;

    Kind(boolean s3, boolean encrypted) {
      this.s3 = s3;
      this.encrypted = encrypted;
    }
  }

  @TempDir static Path objects;
  private static S3Proxy server;
  private static BlobStoreContext blobs;

  @TempDir Path folder;

  @BeforeAll
  static void startServer() throws Exception {
    new Random(7).nextBytes(CONTENT);
    System.setProperty("aws.accessKeyId", "local");
    System.setProperty("aws.secretAccessKey", "local-secret");
    Properties properties = new Properties();
    properties.setProperty("jclouds.filesystem.basedir", objects.toString());
    blobs =
        ContextBuilder.newBuilder("filesystem")
            .credentials("identity", "credential")
            .overrides(properties)
            .build(BlobStoreContext.class);
    blobs.getBlobStore().createContainerInLocation(null, "files");
    server =
        S3Proxy.builder()
            .blobStore(blobs.getBlobStore())
            .endpoint(URI.create("http://127.0.0.1:0"))
            .awsAuthentication(AuthenticationType.AWS_V2_OR_V4, "local", "local-secret")
            .build();
    server.start();
  }

  @AfterAll
  static void stopServer() throws Exception {
    server.stop();
    blobs.close();
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  private FileStore store(Kind kind) throws IOException {
    return config(kind).open();
  }

  private FileStoreConfig config(Kind kind) throws IOException {
    Optional<Path> keys = Optional.empty();
    if (kind.encrypted) {
      Path file = folder.resolve("keys.json");
      if (!Files.exists(file)) {
        FileStoreConfig.createKeyset(file);
      }
      keys = Optional.of(file);
    }
    return kind.s3
        ? new FileStoreConfig(
            URI.create("s3://files/of/" + kind.name().toLowerCase(java.util.Locale.ROOT)),
            folder.resolve("drafts"),
            Optional.of(URI.create("http://127.0.0.1:" + server.getPort())),
            Optional.of("eu-central-1"),
            keys)
        : new FileStoreConfig(
            folder.resolve("files").toUri(), folder, Optional.empty(), Optional.empty(), keys);
  }

  private static void put(FileStore store, String id, byte[] content) throws IOException {
    try (FileDraft draft = store.begin(id)) {
      draft.write(content, 0, content.length / 2);
      draft.write(content, content.length / 2, content.length - content.length / 2);
      draft.commit();
    }
  }

  private static byte[] read(FileStore store, String id, long offset) throws IOException {
    try (InputStream in = store.open(id, offset)) {
      return in.readAllBytes();
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsCommittedIsReadFromAnyOffset(Kind kind) throws IOException {
    try (FileStore store = store(kind)) {
      put(store, "file-a", CONTENT);

      assertThat(read(store, "file-a", 0)).isEqualTo(CONTENT);
      assertThat(read(store, "file-a", 2_999_990))
          .isEqualTo(java.util.Arrays.copyOfRange(CONTENT, 2_999_990, 3_000_000));
      assertThat(read(store, "file-a", CONTENT.length)).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void theContentThatIsCommittedLastIsKept(Kind kind) throws IOException {
    try (FileStore store = store(kind)) {
      put(store, "file-a", CONTENT);
      put(store, "file-a", "second".getBytes(StandardCharsets.UTF_8));

      assertThat(read(store, "file-a", 0)).asString(StandardCharsets.UTF_8).isEqualTo("second");
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsNotCommittedLeavesNothingBehind(Kind kind) throws IOException {
    try (FileStore store = store(kind)) {
      try (FileDraft draft = store.begin("file-half")) {
        draft.write(CONTENT);
      }

      assertThatThrownBy(() -> read(store, "file-half", 0)).isInstanceOf(NoSuchFileException.class);
    }
    try (Stream<Path> left = Files.walk(folder)) {
      assertThat(left.map(Path::toString)).noneMatch(name -> name.endsWith(".tmp"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsDeletedIsGoneAndMayBeDeletedAgain(Kind kind) throws IOException {
    try (FileStore store = store(kind)) {
      put(store, "file-a", CONTENT);
      store.delete("file-a");
      store.delete("file-a");

      assertThatThrownBy(() -> read(store, "file-a", 0)).isInstanceOf(NoSuchFileException.class);
    }
  }

  @ParameterizedTest
  @EnumSource
  void whatIsThereIsListedByTheBeginningOfItsId(Kind kind) throws IOException {
    try (FileStore store = store(kind)) {
      put(store, "list-a-1", CONTENT);
      put(store, "list-a-2", CONTENT);
      put(store, "list-b-1", CONTENT);

      assertThat(store.list("list-a-")).containsExactlyInAnyOrder("list-a-1", "list-a-2");
      assertThat(store.list("list-c-")).isEmpty();
    }
  }

  @ParameterizedTest
  @EnumSource
  void anIdThatCouldBeAPathIsRefused(Kind kind) throws IOException {
    try (FileStore store = store(kind)) {
      for (String id : List.of("../file", "a/b", "", ".", "a\u0000b", "a".repeat(129))) {
        assertThatThrownBy(() -> store.begin(id)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.open(id, 0)).isInstanceOf(IllegalArgumentException.class);
        assertThatThrownBy(() -> store.delete(id)).isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"ENCRYPTED_DISK", "ENCRYPTED_S3"})
  void anEncryptedContentIsReadUnderItsOwnIdOnly(Kind kind) throws IOException {
    byte[] text = "a prompt that nobody else should read".getBytes(StandardCharsets.UTF_8);
    try (FileStore store = store(kind)) {
      put(store, "file-a", text);
    }
    FileStoreConfig encrypted = config(kind);
    FileStoreConfig asItStands =
        new FileStoreConfig(
            encrypted.location(),
            encrypted.drafts(),
            encrypted.endpoint(),
            encrypted.region(),
            Optional.empty());
    try (FileStore plain = asItStands.open();
        FileStore store = store(kind)) {
      byte[] stored = read(plain, "file-a", 0);
      assertThat(new String(stored, StandardCharsets.ISO_8859_1)).doesNotContain("prompt");
      put(plain, "file-b", stored);

      assertThat(read(store, "file-a", 2)).endsWith(text[text.length - 1]).hasSize(text.length - 2);
      assertThatThrownBy(() -> read(store, "file-b", 0)).isInstanceOf(IOException.class);
    }
  }
}
