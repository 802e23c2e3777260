package io.dualtrack.bodies;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.bodies.FeatureExtractor.Extracted;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureKeyringTest {

  private static final FeatureRotation ROTATION =
      new FeatureRotation(Duration.ofDays(30), Duration.ofDays(7));
  private static final ObjectNode BODY =
      new ObjectMapper().createObjectNode().put("input", "a text of some words that everybody has");

  @TempDir Path folder;
  private Instant now = Instant.parse("2026-06-01T00:00:00Z");

  @Test
  void instancesOfOneFolderHaveOneSecretAndKeepItOverARestart() throws Exception {
    Extracted first = instance().extractAll(BODY);
    assertThat(instance().extractAll(BODY)).isEqualTo(first);
    assertThat(first.earlier()).isEmpty();
    assertThat(first.current().getKeyEpoch()).isEqualTo(1);
    assertThat(files()).containsExactly("000001.key");
  }

  @Test
  void afterItsAgeASecretIsReplacedAndForAWhileBothCount() {
    FeatureExtractor one = instance();
    FeatureExtractor other = instance();
    Extracted before = one.extractAll(BODY);

    now = now.plus(Duration.ofDays(30));

    Extracted after = one.extractAll(BODY);
    assertThat(after.current().getKeyEpoch()).isEqualTo(2);
    assertThat(after.current().getSkeletonPrefix())
        .isNotEqualTo(before.current().getSkeletonPrefix());
    assertThat(after.earlier()).as("so that both can be told to be one").contains(before.current());
    assertThat(other.extractAll(BODY)).isEqualTo(after);
  }

  @Test
  void afterTheOverlapTheOldSecretIsGoneForGood() throws Exception {
    FeatureExtractor one = instance();
    now = now.plus(Duration.ofDays(30));
    one.extractAll(BODY);
    assertThat(files()).containsExactly("000001.key", "000002.key");

    now = now.plus(Duration.ofDays(7));

    assertThat(one.extractAll(BODY).earlier()).isEmpty();
    assertThat(files()).containsExactly("000002.key");
  }

  @Test
  void whoWasAwayForLongerThanASecretLivesMakesOneNewOne() throws Exception {
    instance().extractAll(BODY);
    now = now.plus(Duration.ofDays(400));
    assertThat(instance().extractAll(BODY).current().getKeyEpoch()).isEqualTo(2);
    assertThat(files()).containsExactly("000001.key", "000002.key");
  }

  @Test
  void theSecretOfEarlierVersionsIsTheFirst() throws Exception {
    Files.writeString(folder.resolve("feature-secret"), "00".repeat(32));
    now = Files.getLastModifiedTime(folder.resolve("feature-secret")).toInstant();
    assertThat(instance().extract(BODY))
        .isEqualTo(new FeatureExtractor(new byte[32], 1).extract(BODY));
    now = now.plus(Duration.ofDays(31));
    assertThat(instance().extractAll(BODY).current().getKeyEpoch()).isEqualTo(2);
  }

  @Test
  void aDamagedKeyIsNamedAndNotQuoted() throws Exception {
    instance().extract(BODY);
    Path key = folder.resolve("feature-keys/000001.key");
    Files.writeString(key, "2026-06-01T00:00:00Z\nno-secret-at-all\n");
    assertThatThrownBy(this::instance)
        .isInstanceOf(UncheckedIOException.class)
        .rootCause()
        .hasMessageContaining("000001.key")
        .hasMessageNotContaining("no-secret-at-all");
  }

  @Test
  void addressesOfOneNetworkHaveOneFingerprintUnderOneSecret() {
    FeatureExtractor one = instance();
    assertThat(one.network("82.1.7.9")).isPresent().isEqualTo(one.network("82.1.7.200"));
    assertThat(one.network("82.1.8.9")).isNotEqualTo(one.network("82.1.7.9"));
    assertThat(one.network("2001:db8:1:2::3")).isEqualTo(one.network("2001:db8:1:9::"));
    assertThat(one.network("no address")).isEmpty();
    assertThat(new FeatureExtractor(new byte[32], 1).network("82.1.7.9"))
        .isNotEqualTo(one.network("82.1.7.9"));
  }

  @Test
  void agesAreReadFromTheEnvironment() {
    assertThat(
            FeatureRotation.fromEnvironment(
                Map.of(
                    "DUALTRACK_FEATURE_KEY_AGE_DAYS", "10",
                    "DUALTRACK_FEATURE_KEY_OVERLAP_DAYS", "2")))
        .isEqualTo(new FeatureRotation(Duration.ofDays(10), Duration.ofDays(2)));
    assertThatThrownBy(
            () -> FeatureRotation.fromEnvironment(Map.of("DUALTRACK_FEATURE_KEY_AGE_DAYS", "x")))
        .hasMessage("DUALTRACK_FEATURE_KEY_AGE_DAYS must be a number of days, not x");
    assertThatThrownBy(() -> new FeatureRotation(Duration.ofDays(2), Duration.ofDays(3)))
        .hasMessageContaining("let them overlap for less");
  }

  private FeatureExtractor instance() {
    return new FeatureExtractor(FeatureKeyring.ofFolder(folder, ROTATION, () -> now));
  }

  private List<String> files() throws Exception {
    try (var all = Files.list(folder.resolve("feature-keys"))) {
      return all.map(file -> file.getFileName().toString()).sorted().toList();
    }
  }
}
