package io.dualtrack.files;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.TextSubject;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.SubjectKeyFolder;
import io.dualtrack.texts.TextKeys;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TenantFileStoreTest {

  private static final byte[] CONTENT =
      "the canary sings\n".repeat(200_000).getBytes(StandardCharsets.UTF_8);

  @TempDir Path folder;

  private KeyFolder keys;
  private FileStore store;

  @BeforeEach
  void open() throws IOException {
    keys = new KeyFolder(folder.resolve("keys"));
    keys.create("acme");
    keys.create("globex");
    store =
        FileStoreConfig.of(Map.of(TextKeys.VARIABLE, folder.resolve("keys").toString()), folder)
            .open();
  }

  @AfterEach
  void close() {
    store.close();
  }

  private static void put(FileStore store, String id, byte[] content) throws IOException {
    try (FileDraft draft = store.begin(id)) {
      draft.write(content);
      draft.commit();
    }
  }

  private static byte[] read(FileStore store, String id, long offset) throws IOException {
    try (InputStream in = store.open(id, offset)) {
      return in.readAllBytes();
    }
  }

  private Path file(String id) throws IOException {
    try (var files = Files.walk(folder.resolve("files"))) {
      return files.filter(each -> each.getFileName().toString().equals(id)).findAny().orElseThrow();
    }
  }

  @Test
  void aContentIsNotOnTheDiskAndIsReadFromAnyOffset() throws IOException {
    put(store.of(TextSubject.of("acme")), "file-a", CONTENT);

    assertThat(Files.readString(file("file-a"), StandardCharsets.ISO_8859_1))
        .doesNotContain("canary");
    assertThat(read(store, "file-a", 0)).isEqualTo(CONTENT);
    assertThat(read(store, "file-a", CONTENT.length - 6)).asString().isEqualTo("sings\n");
  }

  @Test
  void whatWasStoredBeforeIsReadAsItIs() throws IOException {
    try (FileStore plain = FileStoreConfig.of(Map.of(), folder).open()) {
      put(plain, "file-a", CONTENT);
      put(plain, "file-b", new byte[0]);
    }

    assertThat(read(store, "file-a", 4)).hasSize(CONTENT.length - 4);
    assertThat(read(store, "file-b", 0)).isEmpty();
  }

  @Test
  void aTenantWithoutAKeyStoresNothing() {
    assertThatThrownBy(() -> put(store.of(TextSubject.of("nobody")), "file-a", CONTENT))
        .isInstanceOf(NoTextKeyException.class)
        .hasMessageContaining("nobody");
    assertThatThrownBy(() -> read(store, "file-a", 0)).isInstanceOf(IOException.class);
  }

  @Test
  void aContentOfWhichItWasNotSaidWhoseItIsIsNotStored() {
    assertThatThrownBy(() -> store.begin("file-a")).isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aDestroyedKeyTakesTheFilesOfItsTenantWithIt() throws IOException {
    put(store.of(TextSubject.of("acme")), "file-a", CONTENT);
    put(store.of(TextSubject.of("globex")), "file-g", CONTENT);
    BodyStore bodies = new BodyStore(store);
    var body =
        bodies
            .of(TextSubject.of("acme"))
            .write(BodyStore.id("req_1", Instant.EPOCH), CONTENT, "content hash");
    assertThat(bodies.read(body)).isEqualTo(CONTENT);

    keys.destroy("acme");

    assertThatThrownBy(() -> read(store, "file-a", 0)).isInstanceOf(NoTextKeyException.class);
    assertThatThrownBy(() -> bodies.read(body))
        .isInstanceOfSatisfying(
            UnusableBodyException.class,
            unusable -> assertThat(unusable.code()).isEqualTo("text_unreadable"));
    assertThat(read(store, "file-g", 0)).isEqualTo(CONTENT);
  }

  @Test
  void aContentThatIsPutInPlaceOfAnotherOrChangedIsNotRead() throws IOException {
    put(store.of(TextSubject.of("acme")), "file-a", CONTENT);
    put(store.of(TextSubject.of("acme")), "file-b", "other".getBytes(StandardCharsets.UTF_8));
    byte[] changed = Files.readAllBytes(file("file-a"));
    changed[changed.length - 1] ^= 1;
    Files.write(file("file-a"), changed);
    Files.copy(file("file-a"), file("file-b"), java.nio.file.StandardCopyOption.REPLACE_EXISTING);

    assertThatThrownBy(() -> read(store, "file-a", 0)).isInstanceOf(IOException.class);
    assertThatThrownBy(() -> read(store, "file-b", 0)).isInstanceOf(IOException.class);
  }

  @Test
  void aDestroyedKeyOfAnAccountTakesItsFilesWithItAndNoOthers() throws IOException {
    TextSubject seat = new TextSubject("acme", "seat-1");
    SubjectKeyFolder subjects =
        TextKeys.subjects(Map.of(TextKeys.VARIABLE, folder.resolve("keys").toString()))
            .orElseThrow();
    subjects.begin("acme");
    put(store.of(seat), "file-a", CONTENT);
    put(store.of(new TextSubject("acme", "seat-2")), "file-b", CONTENT);
    put(store.of(TextSubject.of("acme")), "file-c", CONTENT);
    BodyStore bodies = new BodyStore(store);
    var body = bodies.of(seat).write(BodyStore.id("req_1", Instant.EPOCH), CONTENT, "content hash");
    assertThat(read(store, "file-a", 0)).isEqualTo(CONTENT);
    assertThat(bodies.read(body)).isEqualTo(CONTENT);

    assertThat(subjects.destroy(seat)).isTrue();

    assertThatThrownBy(() -> read(store, "file-a", 0)).isInstanceOf(NoTextKeyException.class);
    assertThatThrownBy(() -> bodies.read(body))
        .isInstanceOfSatisfying(
            UnusableBodyException.class,
            unusable -> assertThat(unusable.code()).isEqualTo("text_unreadable"));
    assertThatThrownBy(() -> put(store.of(seat), "file-d", CONTENT))
        .isInstanceOf(NoTextKeyException.class);
    assertThat(read(store, "file-b", 0)).isEqualTo(CONTENT);
    assertThat(read(store, "file-c", 0)).isEqualTo(CONTENT);
  }

  @Test
  void aContentThatIsSaidToBeAnotherAccountsIsNotRead() throws IOException {
    TextKeys.subjects(Map.of(TextKeys.VARIABLE, folder.resolve("keys").toString()))
        .orElseThrow()
        .begin("acme");
    put(store.of(new TextSubject("acme", "seat-1")), "file-a", CONTENT);
    put(store.of(new TextSubject("acme", "seat-2")), "file-b", CONTENT);
    String moved =
        Files.readString(file("file-a"), StandardCharsets.ISO_8859_1).replace("seat-1", "seat-2");

    Files.writeString(file("file-a"), moved, StandardCharsets.ISO_8859_1);

    assertThatThrownBy(() -> read(store, "file-a", 0)).isInstanceOf(NoTextKeyException.class);
  }
}
