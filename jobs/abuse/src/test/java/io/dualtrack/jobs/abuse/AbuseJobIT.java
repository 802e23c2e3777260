package io.dualtrack.jobs.abuse;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import io.dualtrack.jobs.runtime.JobConfig;
import io.dualtrack.jobs.runtime.TestKafka;
import io.dualtrack.jobs.runtime.TestRegistry;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
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

class AbuseJobIT {

  @RegisterExtension
  static final MiniClusterExtension FLINK =
      new MiniClusterExtension(
          new MiniClusterResourceConfiguration.Builder()
              .setNumberTaskManagers(1)
              .setNumberSlotsPerTaskManager(2)
              .build());

  @TempDir static Path folder;

  @Test
  void aClusterIsReportedOnceWithAllItsAccountsThoughTheJobDiesWhileItGrows(
      @InjectMiniCluster MiniCluster cluster) throws Exception {
    try (TestKafka kafka = new TestKafka(4);
        TestRegistry server = new TestRegistry()) {
      SchemaRegistry registry = server.location(folder).connect();
      JobClient job = start(kafka, server);

      kafka.send(Topics.EXCHANGES, registry, Exchange::getTenant, Samples.crowd(200));
      send(kafka, registry, 0, 60);
      kafka.sendBytes(Topics.EXCHANGES, "acme", new byte[] {1});
      await()
          .atMost(Duration.ofSeconds(120))
          .pollInterval(Duration.ofMillis(300))
          .until(() -> !alerts(kafka, registry).isEmpty());
      cluster.terminateTaskManager(0).get();
      cluster.startTaskManager();
      send(kafka, registry, 60, 120);
      // Whoever showed an item first was alone with it, and is named by the next day's claims.
      kafka.send(
          Topics.EXCHANGES,
          registry,
          Exchange::getTenant,
          List.of(
              Samples.exchange(
                  "public",
                  "seat-0",
                  Samples.NOON.plus(Duration.ofHours(26)),
                  Samples.templated(1, 9_999),
                  Samples.payment(0, "shared card"))));
      await()
          .atMost(Duration.ofSeconds(120))
          .pollInterval(Duration.ofMillis(300))
          .until(() -> members(alerts(kafka, registry)).size() >= 12);
      job.cancel().get();

      List<AbuseAlert> alerts = alerts(kafka, registry);
      assertThat(members(alerts)).hasSize(12).doesNotHaveDuplicates();
      assertThat(alerts).extracting(AbuseAlert::getAlertId).doesNotHaveDuplicates();
      assertThat(alerts)
          .extracting(AbuseAlert::getClusterId)
          .containsOnly(alerts.get(0).getClusterId());
      assertThat(kafka.committed(Topics.DEAD_LETTERS, registry))
          .extracting(DeadLetter::getComponent)
          .containsExactly("job-abuse");
    }
  }

  private static JobClient start(TestKafka kafka, TestRegistry server) throws Exception {
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
            // Claims of two tasks meet in any order (docs/decisions/0027).
            .withParallelism(1);
    AbuseJob.define(env, config, AbuseThresholds.DEFAULT);
    return env.executeAsync("abuse");
  }

  /** Twelve accounts of one payment with one template, among others with texts of their own. */
  private static void send(TestKafka kafka, SchemaRegistry registry, int from, int to) {
    List<Exchange> exchanges = new ArrayList<>();
    for (int i = from; i < to; i++) {
      Instant at = Samples.NOON.plusSeconds(60L * i);
      int seat = i / 10;
      exchanges.add(
          Samples.exchange(
              "public",
              "seat-" + seat,
              at,
              Samples.templated(1, i),
              Samples.payment(seat, "shared card")));
      exchanges.add(
          Samples.exchange("public", "other-" + i, at, Samples.ownText(i), Samples.own(1_000 + i)));
    }
    kafka.send(Topics.EXCHANGES, registry, Exchange::getTenant, exchanges);
  }

  private static List<AbuseAlert> alerts(TestKafka kafka, SchemaRegistry registry) {
    return kafka.committed(Topics.ABUSE_ALERTS, registry);
  }

  private static List<String> members(List<AbuseAlert> alerts) {
    return alerts.stream().flatMap(alert -> alert.getAccountsAdded().stream()).toList();
  }
}
