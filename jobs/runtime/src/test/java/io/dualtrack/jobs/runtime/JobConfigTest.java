package io.dualtrack.jobs.runtime;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.jobs.runtime.JobConfig.StartOffsets;
import io.dualtrack.schemas.KafkaAccess;
import java.net.URI;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class JobConfigTest {

  private static final Map<String, String> ADDRESSES =
      Map.of(
          "DUALTRACK_BOOTSTRAP", "127.0.0.1:19092",
          "DUALTRACK_REGISTRY", "http://127.0.0.1:18081/apis/ccompat/v7",
          "DUALTRACK_DATA", "/var/lib/dualtrack");

  @Test
  void addressesAreEnough() {
    JobConfig config = JobConfig.fromEnvironment(ADDRESSES);

    assertThat(config)
        .isEqualTo(
            new JobConfig(
                KafkaAccess.at("127.0.0.1:19092"),
                new RegistryLocation(
                    URI.create("http://127.0.0.1:18081/apis/ccompat/v7"),
                    "/var/lib/dualtrack/registry-cache.jsonl"),
                Duration.ofSeconds(5),
                "dualtrack",
                StartOffsets.COMMITTED,
                0));
  }

  @Test
  void everythingElseCanBeSet() {
    JobConfig config =
        JobConfig.fromEnvironment(
            with(
                Map.of(
                    "DUALTRACK_CHECKPOINT_MS", "750",
                    "DUALTRACK_TRANSACTIONAL_PREFIX", "eu",
                    "DUALTRACK_START", "earliest",
                    "DUALTRACK_PARALLELISM", "4")));

    assertThat(config.checkpointInterval()).isEqualTo(Duration.ofMillis(750));
    assertThat(config.transactionalIdPrefix()).isEqualTo("eu");
    assertThat(config.start()).isEqualTo(StartOffsets.EARLIEST);
    assertThat(config.parallelism()).isEqualTo(4);
  }

  @Test
  void whatIsMissingOrWrongIsNamed() {
    assertThatThrownBy(() -> JobConfig.fromEnvironment(Map.of()))
        .hasMessageContaining("set DUALTRACK_BOOTSTRAP");
    assertThatThrownBy(
            () -> JobConfig.fromEnvironment(with(Map.of("DUALTRACK_CHECKPOINT_MS", "soon"))))
        .hasMessage("DUALTRACK_CHECKPOINT_MS is no whole number: soon");
    assertThatThrownBy(() -> JobConfig.fromEnvironment(with(Map.of("DUALTRACK_START", "latest"))))
        .hasMessage("DUALTRACK_START is neither committed nor earliest: latest");
  }

  private static Map<String, String> with(Map<String, String> more) {
    Map<String, String> all = new HashMap<>(ADDRESSES);
    all.putAll(more);
    return all;
  }
}
