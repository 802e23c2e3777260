package io.dualtrack.bench;

import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.BatchState;
import io.dualtrack.schemas.BatchStatus;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.Relations;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.Topic;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.Usage;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerConfig;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.common.serialization.StringSerializer;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Fills the topics that the console reads. */
@Command(
    name = "console-load",
    mixinStandardHelpOptions = true,
    description = {
      "Writes made-up decisions, batches and alerts onto the topics of a running stack, for the",
      "console's test of volume. Only for a stack that is thrown away: its audit trail proves",
      "nothing any more."
    })
final class ConsoleLoad implements Callable<Integer> {

  private static final List<String> REGIONS = List.of("EU", "US", "EU+US", "");
  private static final int MEMBERS = 8;

  @Option(names = "--stack", required = true, paramLabel = "URL", description = "the stack")
  private URI stack;

  @Option(names = "--decisions", description = "default: ${DEFAULT-VALUE}")
  private int decisions = 100_000;

  @Option(names = "--batches", description = "of tenant acme (default: ${DEFAULT-VALUE})")
  private int batches = 10_000;

  @Option(names = "--alerts", description = "each of a cluster (default: ${DEFAULT-VALUE})")
  private int alerts = 5_000;

  @Option(
      names = "--exchanges",
      description = "of tenant globex in the month before (default: ${DEFAULT-VALUE})")
  private int exchanges;

  private SchemaRegistry registry;
  private KafkaProducer<String, byte[]> producer;

  @Override
  public Integer call() throws Exception {
    AvroSerde.trustRecords();
    StackAddress address = StackAddress.fetch(stack);
    Path cache = Files.createTempFile("console-load", ".jsonl");
    Files.delete(cache);
    registry = SchemaRegistry.connect(address.registry(), cache);
    Map<String, Object> settings = address.kafka().settings();
    settings.put(ProducerConfig.LINGER_MS_CONFIG, 20);
    settings.put(ProducerConfig.COMPRESSION_TYPE_CONFIG, "lz4");
    Instant begun = Instant.now();
    Instant now = begun.truncatedTo(ChronoUnit.MILLIS);
    try (KafkaProducer<String, byte[]> open =
        new KafkaProducer<>(settings, new StringSerializer(), new ByteArraySerializer())) {
      producer = open;
      for (int n = 0; n < decisions; n++) {
        send(Topics.AUDIT, "load-" + n, decision(n, now.minusMillis(decisions - n)));
      }
      for (int n = 0; n < batches; n++) {
        String id = "batch_%032x".formatted(n);
        send(Topics.BATCHES, id, batch(id, n, now.minusSeconds(batches - n)));
      }
      Instant monthBefore =
          YearMonth.from(now.atOffset(ZoneOffset.UTC))
              .minusMonths(1)
              .atDay(15)
              .atStartOfDay()
              .toInstant(ZoneOffset.UTC);
      for (int n = 0; n < exchanges; n++) {
        send(Topics.EXCHANGES, "globex", exchange(n, monthBefore.plusSeconds(n)));
      }
      for (int n = 0; n < alerts; n++) {
        send(Topics.ABUSE_ALERTS, "load-" + n + "-1", alert(n, now.minusSeconds(alerts - n)));
      }
    }
    Files.deleteIfExists(cache);
    System.out.println(
        new Figures("console-load")
            .put("decisions", decisions)
            .put("batches", batches)
            .put("alerts", alerts)
            .put("exchanges", exchanges)
            .put("seconds", Duration.between(begun, Instant.now()).toMillis() / 1000.0));
    return 0;
  }

  private <V extends SpecificRecord> void send(Topic<V> topic, String key, V value) {
    var unused =
        producer.send(
            new ProducerRecord<>(
                topic.name(), key, topic.serde(registry).serialize(topic.name(), value)));
  }

  private static RoutingDecision decision(int n, Instant at) {
    boolean refused = n % 20 == 0;
    Lane lane = n % 3 == 0 ? Lane.LOCAL : Lane.API;
    String offering = "offering-%s-%d".formatted(lane, n % 40);
    Reason reason = new Reason("rule-" + n % 30, "PROC_REGION", "It may not be processed there.");
    String regions = REGIONS.get(n % REGIONS.size());
    return RoutingDecision.newBuilder()
        .setRequestId("load-" + n)
        .setTenant("tenant-" + n % 200)
        .setAccount("")
        .setAttempt(1)
        .setDecidedAt(at)
        .setInputHash("")
        .setAttributes(List.of())
        .setJurisdictions(regions.isEmpty() ? List.of() : List.of(regions.split("\\+")))
        .setModel("model-" + n % 25)
        .setPolicy("starter")
        .setPolicyVersion("1")
        .setSuspensionEpoch(0)
        .setCandidates(
            List.of(
                Candidate.newBuilder()
                    .setOffering(offering)
                    .setLane(lane)
                    .setPermitted(!refused)
                    .setReasons(refused ? List.of(reason) : List.of())
                    .build()))
        .setPermitted(refused ? List.of() : List.of(offering))
        .setRefusal(refused ? List.of(reason) : List.of())
        .build();
  }

  private static BatchState batch(String id, int n, Instant at) {
    return BatchState.newBuilder()
        .setBatchId(id)
        .setTenant("acme")
        .setAccount("acme-batch")
        .setInput("file-" + n)
        .setEndpoint("/v1/chat/completions")
        .setStatus(BatchStatus.COMPLETED)
        .setNextLine(101)
        .setTotal(100)
        .setCompleted(99)
        .setFailed(1)
        .setCreatedAt(at)
        .setDeadline(at.plus(Duration.ofDays(1)))
        .setCompletedAt(at.plusSeconds(60))
        .build();
  }

  private static Exchange exchange(int n, Instant at) {
    return Exchange.newBuilder()
        .setExchangeId("load-" + n)
        .setRequestId("load-" + n)
        .setReplyKey("load")
        .setTenant("globex")
        .setAccount("load")
        .setAt(at)
        .setModel("gpt-5.6-terra")
        .setOffering("openai-gpt-5.6-terra-us")
        .setLane(Lane.API)
        .setServiceClass(ServiceClass.BATCH)
        .setJurisdictions(List.of("US"))
        .setOutcome(Outcome.ANSWERED)
        .setSource(AnswerSource.PROVIDER)
        .setUsage(Usage.newBuilder().setUncachedInput(1_000).setOutput(200).build())
        .setRelations(Relations.newBuilder().build())
        .build();
  }

  private static AbuseAlert alert(int n, Instant at) {
    List<String> accounts =
        java.util.stream.IntStream.range(0, MEMBERS).mapToObj(m -> "seat-" + n + "-" + m).toList();
    return AbuseAlert.newBuilder()
        .setAlertId("load-" + n + "-1")
        .setKind(AlertKind.CLUSTER)
        .setClusterId("load-" + n)
        .setRaisedAt(at)
        .setScore(n % 100 / 100.0)
        .setAccountsAdded(accounts)
        .setTenantsAdded(accounts.stream().map(each -> "tenant-" + n % 200).toList())
        .setAccountCount(MEMBERS)
        .setEvidence(List.of(new Evidence("S" + (1 + n % 8), "made up for a test of volume")))
        .setRecommendedAction(RecommendedAction.REVIEW)
        .build();
  }
}
