package io.dualtrack.texts;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class KeyFolderTest {

  private static final byte[] DATA_KEY = {1, 2, 3};

  @TempDir Path root;

  private KeyFolder keys;

  @BeforeEach
  void open() {
    keys = new KeyFolder(root.resolve("keys"));
  }

  @Test
  void aKeyIsItsOwnersAloneToReadAndNothingElseIsLeft() throws IOException {
    keys.create("acme");

    try (Stream<Path> files = Files.list(root.resolve("keys"))) {
      assertThat(files).containsExactly(root.resolve("keys/acme.key"));
    }
    assertThat(
            PosixFilePermissions.toString(
                Files.getPosixFilePermissions(root.resolve("keys/acme.key"))))
        .isEqualTo("rw-------");
  }

  @Test
  void aTenantHasOneKey() throws IOException {
    assertThat(keys.create("acme")).isTrue();
    byte[] wrapped = keys.wrap("acme", DATA_KEY).orElseThrow();

    assertThat(keys.create("acme")).isFalse();

    assertThat(keys.unwrap("acme", wrapped)).hasValue(DATA_KEY);
  }

  @Test
  void whatWasWrappedForATenantIsNotUnwrappedForAnother() throws IOException {
    keys.create("acme");
    keys.create("globex");

    assertThat(keys.unwrap("globex", keys.wrap("acme", DATA_KEY).orElseThrow())).isEmpty();
  }

  @Test
  void aNameOfATenantIsNoPath() throws IOException {
    keys.create("../../etc/a b");

    assertThat(keys.tenants()).containsExactly("../../etc/a b");
    try (Stream<Path> all = Files.list(root)) {
      assertThat(all).containsExactly(root.resolve("keys"));
    }
  }

  @Test
  void missingKeysAreMadeButNotTheOneThatWasDestroyed() throws IOException {
    keys.create("acme");
    keys.create("globex");
    keys.destroy("globex");

    assertThat(keys.createMissing(List.of("acme", "globex", "initech"))).isEqualTo(1);

    assertThat(keys.tenants()).containsExactly("acme", "initech");
    assertThat(keys.wrap("globex", DATA_KEY)).isEmpty();
  }

  @Test
  void whatAKilledRotationLeftBehindGoesWithTheKey() throws IOException {
    keys.create("acme");
    keys.create("globex");
    Path left = root.resolve("keys/acme.123.tmp");
    Files.copy(root.resolve("keys/acme.key"), left);

    keys.destroy("acme");

    try (Stream<Path> files = Files.list(root.resolve("keys"))) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrder("acme.destroyed", "globex.key");
    }
  }

  @Test
  void whereThereIsNoFolderThereIsNoKey() throws IOException {
    assertThat(keys.tenants()).isEmpty();
    assertThat(keys.wrap("acme", DATA_KEY)).isEmpty();
    assertThat(keys.rotate("acme")).isFalse();
    assertThat(keys.destroy("acme")).isFalse();
  }

  @Test
  void aBrokenKeyFileIsNotTakenForADestroyedOneAndIsNotQuoted() throws IOException {
    keys.create("acme");
    Files.writeString(root.resolve("keys/acme.key"), "not a keyset");

    assertThatThrownBy(() -> keys.unwrap("acme", new byte[40]))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("acme.key")
        .hasMessageNotContaining("not a keyset")
        .hasNoCause();
  }

  @Test
  void theEnvironmentSaysWhereKeysAre() throws IOException {
    assertThat(TextKeys.service(Map.of())).isEmpty();
    assertThat(TextKeys.service(Map.of(TextKeys.VARIABLE, root.toString())))
        .containsInstanceOf(KeyFolder.class);
    assertThatThrownBy(
            () -> TextKeys.service(Map.of(TextKeys.VARIABLE, "aws-kms://arn:aws:kms:key/all")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(TextKeys.VARIABLE)
        .hasMessageContaining("{tenant}");
    assertThatThrownBy(
            () -> TextKeys.service(Map.of(TextKeys.VARIABLE, "aws-kms://arn:aws:kms:{tenant}")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("no client");
  }

  @Test
  void theEnvironmentSaysWhereKeysOfAccountsAre() {
    String folder = root.toString();
    assertThat(TextKeys.subjects(Map.of())).isEmpty();
    assertThat(TextKeys.subjects(Map.of(TextKeys.VARIABLE, folder))).isPresent();
    assertThatThrownBy(
            () ->
                TextKeys.keys(
                    Map.of(
                        TextKeys.VARIABLE,
                        folder,
                        TextKeys.SUBJECTS_VARIABLE,
                        folder + "/nowhere")))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining(TextKeys.SUBJECTS_VARIABLE);
  }

  @Test
  void whatReplacesAKeyThatIsDestroyedMeanwhileGoesToo() throws IOException {
    KeyFile file = new KeyFile(root, "acme");
    file.create(DATA_KEY);
    file.destroy();

    assertThat(file.create(DATA_KEY)).isFalse();
    assertThat(file.replace(DATA_KEY)).isFalse();

    assertThat(file.exists()).isFalse();
    try (Stream<Path> files = Files.list(root)) {
      assertThat(files).containsExactly(root.resolve("acme.destroyed"));
    }
  }
}
