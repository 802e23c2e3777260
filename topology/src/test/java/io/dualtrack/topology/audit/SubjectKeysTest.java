package io.dualtrack.topology.audit;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SubjectKeysTest {

  @TempDir Path folder;
  private Instant now = Instant.parse("2026-11-21T10:00:00Z");
  private SubjectKeys keys;

  @BeforeEach
  void open() {
    keys = new SubjectKeys(folder, () -> now);
  }

  @Test
  void whatHidesAnAccountRevealsItToWhoeverHasTheKey() {
    String hidden = keys.hide("acme", "jane.doe");

    assertThat(hidden).doesNotContain("jane");
    assertThat(new SubjectKeys(folder, () -> now).reveal("acme", hidden)).contains("jane.doe");
    assertThat(keys.reveal("globex", hidden)).isEmpty();
  }

  @Test
  void whatLeadsToAPersonIsHiddenUnderTheAccountsKeyAndDestroyedWithIt() {
    String file = keys.hide("acme", "jane.doe", "file 26-4410");

    assertThat(file).doesNotContain("4410");
    assertThat(keys.reveal("acme", file)).contains("file 26-4410");
    assertThat(folder.toFile().list()).hasSize(1);

    keys.destroy("acme", "jane.doe");
    assertThat(keys.reveal("acme", file)).isEmpty();
  }

  @Test
  void anAccountIsHiddenAlikeInEveryProcess() {
    String hidden = keys.hide("acme", "jane.doe");

    assertThat(keys.hide("acme", "jane.doe")).isEqualTo(hidden);
    assertThat(keys.hide("acme", "john.doe")).isNotEqualTo(hidden);
    SubjectKeys afterRestart = new SubjectKeys(folder, () -> now);
    assertThat(afterRestart.reveal("acme", afterRestart.hide("acme", "jane.doe")))
        .contains("jane.doe");
    assertThat(folder).isDirectoryContaining("glob:**.key");
    assertThat(folder.toFile().list()).hasSize(2);
  }

  @Test
  void withItsKeyEveryTraceOfAnAccountIsDestroyed() {
    String before = keys.hide("acme", "jane.doe");
    String other = keys.hide("acme", "john.doe");
    SubjectKeys anotherProcess = new SubjectKeys(folder, () -> now);

    assertThat(anotherProcess.destroy("acme", "jane.doe")).isEqualTo(1);

    assertThat(keys.reveal("acme", before)).isEmpty();
    assertThat(keys.reveal("acme", other)).contains("john.doe");
    assertThat(anotherProcess.destroy("acme", "jane.doe")).isZero();
  }

  @Test
  void aDestroyedKeyIsNotUsedForLongerThanAMinute() {
    String before = keys.hide("acme", "jane.doe");
    new SubjectKeys(folder, () -> now).destroy("acme", "jane.doe");

    now = now.plus(Duration.ofSeconds(61));

    String after = keys.hide("acme", "jane.doe");
    assertThat(after).isNotEqualTo(before);
    assertThat(keys.reveal("acme", after)).contains("jane.doe");
    assertThat(keys.reveal("acme", before)).isEmpty();
  }

  @Test
  void whatIsNoHiddenAccountIsTakenAsItIs() {
    assertThat(keys.reveal("acme", "seat-1")).contains("seat-1");
    assertThat(keys.reveal("acme", "subject:../../etc:AAAA")).isEmpty();
    assertThat(keys.reveal("acme", "subject:")).isEmpty();
  }
}
