package io.dualtrack.jobs.comparison;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.jobs.runtime.TestRegistry;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ShadowMeasure;
import io.dualtrack.schemas.ShadowPair;
import io.dualtrack.schemas.ShadowQuality;
import io.dualtrack.schemas.Topics;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.TextKeys;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.apache.flink.configuration.CheckpointingOptions;
import org.apache.flink.configuration.Configuration;
import org.apache.flink.configuration.RestartStrategyOptions;
import org.apache.flink.configuration.StateBackendOptions;
import org.apache.flink.core.execution.JobClient;
import org.apache.flink.runtime.minicluster.MiniCluster;
import org.apache.flink.runtime.testutils.MiniClusterResourceConfiguration;
import org.apache.flink.streaming.api.environment.StreamExecutionEnvironment;
import org.apache.flink.test.junit5.InjectMiniCluster;
import org.apache.flink.test.junit5.MiniClusterExtension;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.RegisterExtension;
import org.junit.jupiter.api.io.TempDir;

class ComparisonJobIT {

  @RegisterExtension
  static final MiniClusterExtension FLINK =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  @TempDir static Path folder;

  @Test
  void encryptedPairsAreCountedOnceThoughTheJobDiesAndThoseWithoutAKeyNotAtAll(
      @InjectMiniCluster MiniCluster cluster) throws Exception {
    KeyFolder keys = new KeyFolder(folder.resolve("keys"));
    keys.createMissing(Set.of("acme"));
    Map<String, String> environment = Map.of(TextKeys.VARIABLE, folder.resolve("keys").toString());
    try (TestKafka kafka = new TestKafka(4);
        TestRegistry server = new TestRegistry()) {
      SchemaRegistry registry = server.location(folder).connect();
      SchemaRegistry sealing = registry.withTexts(TextKeys.seal(environment));
      JobClient job = start(kafka, server, environment);

      send(kafka, sealing, "acme", 0, 40);
      send(kafka, sealing, "stranger", 0, 3);
      kafka.sendBytes(Topics.SHADOW_PAIRS, "acme", new byte[] {1});
      awaitPairs(kafka, registry, 40);
      cluster.terminateTaskManager(0).get();
      cluster.startTaskManager();
      send(kafka, sealing, "acme", 40, 100);
      awaitPairs(kafka, registry, 100);
      job.cancel().get();

      List<ShadowQuality> all = kafka.committed(Topics.SHADOW_QUALITY, registry);
      assertThat(all).extracting(ShadowQuality::getTenant).containsOnly("acme");
      ShadowQuality last = last(all);
      assertThat(last.getTask()).isEqualTo("maths");
      assertThat(last.getFigures())
          .filteredOn(figure -> figure.getMeasure() == ShadowMeasure.SAME_NUMBER)
          .singleElement()
          .satisfies(
              figure -> {
                assertThat(figure.getPairs()).isEqualTo(100);
                assertThat(figure.getValue()).isEqualTo(0.8);
                assertThat(figure.getLow()).isBetween(0.7, 0.72);
                assertThat(figure.getHigh()).isBetween(0.86, 0.88);
              });
      assertThat(all.toString()).doesNotContain("boxes");
      assertThat(kafka.committed(Topics.DEAD_LETTERS, registry))
          .extracting(DeadLetter::getComponent)
          .containsExactly("job-comparison");
    }
  }

  private static JobClient start(
      TestKafka kafka, TestRegistry server, Map<String, String> environment) throws Exception {
    Configuration settings =
        new Configuration()
            // As deployed; the local stack's tests run the job with its state on the heap.
            .set(StateBackendOptions.STATE_BACKEND, "rocksdb")
            .set(CheckpointingOptions.INCREMENTAL_CHECKPOINTS, true)
            .set(CheckpointingOptions.CHECKPOINTS_DIRECTORY, folder.toUri().toString())
            .set(RestartStrategyOptions.RESTART_STRATEGY, "fixed-delay")
            .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_ATTEMPTS, 10)
            .set(RestartStrategyOptions.RESTART_STRATEGY_FIXED_DELAY_DELAY, Duration.ofMillis(100));
    StreamExecutionEnvironment env = StreamExecutionEnvironment.getExecutionEnvironment(settings);
    JobConfig config =
        JobConfig.of(KafkaAccess.at(kafka.bootstrap()), server.location(folder))
            .withCheckpointInterval(Duration.ofMillis(500))
            .withParallelism(2);
    ComparisonJob.define(env, config, environment);
    return env.executeAsync("comparison");
  }

  /** Of every five the last is answered otherwise. */
  private static void send(
      TestKafka kafka, SchemaRegistry registry, String tenant, int from, int to) {
    List<ShadowPair> pairs = new ArrayList<>();
    for (int i = from; i < to; i++) {
      ShadowPair pair =
          Pairs.of("3 boxes make #### " + i, "4 boxes make " + (i % 5 == 4 ? i + 1 : i))
              .setRequestId("r" + i)
              .setTenant(tenant)
              .build();
      pair.getPrimary().setRequestId("r" + i);
      pair.getPrimary().setTenant(tenant);
      pair.getShadow().setRequestId("r" + i);
      pair.getShadow().setTenant(tenant);
      pairs.add(pair);
    }
    kafka.send(Topics.SHADOW_PAIRS, registry, ShadowPair::getRequestId, pairs);
  }

  private static void awaitPairs(TestKafka kafka, SchemaRegistry registry, long count) {
    await()
        .atMost(Duration.ofSeconds(120))
        .pollInterval(Duration.ofMillis(300))
        .until(
            () -> {
              List<ShadowQuality> all = kafka.committed(Topics.SHADOW_QUALITY, registry);
              return !all.isEmpty() && pairs(last(all)) == count;
            });
  }

  private static ShadowQuality last(List<ShadowQuality> all) {
    return all.get(all.size() - 1);
  }

  private static long pairs(ShadowQuality quality) {
    return Quality.total(quality.getDays()).getPairs();
  }
}
