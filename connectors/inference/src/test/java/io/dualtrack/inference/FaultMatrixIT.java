package io.dualtrack.inference;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.sandbox.Behaviour;
import io.dualtrack.sandbox.Sandbox;
import io.dualtrack.sandbox.SandboxOptions;
import io.dualtrack.schemas.Completion;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.Usage;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.assertj.core.api.SoftAssertions;
import org.junit.jupiter.api.Test;

/**
 * Everything that can go wrong with a call, at every kind of dialect: through a real dispatcher,
 * topic in, topic out. Each cell has an offering of its own and one order, and all of them are out
 * at once, with streams that are suspended and streams that meet their deadline.
 *
 * <p>No cell depends on how fast this machine is: only calls that never get what they wait for have
 * a timeout that they meet, and the sandbox says when a stream has begun that is to be stopped.
 */
class FaultMatrixIT {

  private static final Duration PATIENCE = Duration.ofMinutes(5);
  private static final String MODEL = "gpt-5.6-sol";
  private static final long OUTPUT = 64;

  /** A stream with so few parts a minute that it ends long after it is stopped. */
  private static final String ENDLESS = "'chunk_ms':10000";

  /** Long enough for a stream to begin on a machine that is busy with something else. */
  private static final Duration UNTIL_LATE = Duration.ofSeconds(25);

  private static final int STALL_SECONDS = 8;
  private static final int HANG_SECONDS = 1;
  private static final int NEVER_SECONDS = 600;

  private static final Map<String, String> KEYS =
      Map.of(
          "openai", "OPENAI_API_KEY",
          "anthropic", "ANTHROPIC_API_KEY",
          "bedrock", "AWS",
          "vllm", "VLLM_KEY",
          "vertex", "VERTEX_TOKEN",
          "vertex-anthropic", "VERTEX_TOKEN");

  /** What the calls of an order have used. */
  private enum Used {
    NOTHING,
    /** What the provider said of its whole answer. */
    WHOLE,
    /** Something of an answer that broke off. */
    PART,
    /** A part, and then a whole answer. */
    PART_AND_WHOLE
  }

  /**
   * One row.
   *
   * @param behaviour of the sandbox, as JSON
   * @param streamed whether the answer is asked for as a stream
   * @param code error code; null where the order is answered
   */
  private record Fault(
      String name,
      String behaviour,
      boolean streamed,
      CompletionStatus status,
      String code,
      int calls,
      Used used) {}

  private static Fault whole(
      String name, String behaviour, CompletionStatus status, String code, int calls, Used used) {
    return new Fault(name, behaviour, false, status, code, calls, used);
  }

  private static Fault stream(
      String name, String behaviour, CompletionStatus status, String code, int calls, Used used) {
    return new Fault("s-" + name, behaviour, true, status, code, calls, used);
  }

  private static final CompletionStatus ANSWERED = CompletionStatus.ANSWERED;
  private static final CompletionStatus RETRYABLE = CompletionStatus.RETRYABLE;
  private static final CompletionStatus REJECTED = CompletionStatus.REJECTED;

  private static final List<Fault> FAULTS =
      List.of(
          whole("none", "", ANSWERED, null, 1, Used.WHOLE),
          whole("slow", "'latency_ms':200,'latency_p99_ms':400", ANSWERED, null, 1, Used.WHOLE),
          whole("500", "'status':500", RETRYABLE, "server_error", 3, Used.NOTHING),
          whole("500-once", "'status':500,'fail_first_n':1", ANSWERED, null, 2, Used.WHOLE),
          whole(
              "503-once",
              "'status':503,'fail_first_n':1,'retry_after_seconds':1",
              ANSWERED,
              null,
              2,
              Used.WHOLE),
          whole("429", "'status':429", RETRYABLE, "rate_limited", 3, Used.NOTHING),
          whole(
              "429-until",
              "'status':429,'fail_first_n':1,'retry_after_seconds':1",
              ANSWERED,
              null,
              2,
              Used.WHOLE),
          whole("429-once", "'status':429,'fail_first_n':1", ANSWERED, null, 2, Used.WHOLE),
          whole("400", "'status':400", REJECTED, null, 1, Used.NOTHING),
          whole("401", "'status':401", RETRYABLE, "credential_refused", 1, Used.NOTHING),
          whole("404", "'status':404", RETRYABLE, "not_found", 1, Used.NOTHING),
          whole("hang", "'hang':true", RETRYABLE, "timeout", 3, Used.NOTHING),
          whole("stall", "'fault':'stall'", RETRYABLE, "timeout", 3, Used.NOTHING),
          whole("half", "'fault':'half_body'", RETRYABLE, "connection", 3, Used.NOTHING),
          whole("half-once", "'fault':'half_body','fail_first_n':1", ANSWERED, null, 2, Used.WHOLE),
          whole("reset", "'fault':'reset'", RETRYABLE, "connection", 3, Used.NOTHING),
          whole("reset-once", "'fault':'reset','fail_first_n':1", ANSWERED, null, 2, Used.WHOLE),
          whole("malformed", "'fault':'malformed'", RETRYABLE, "malformed_answer", 3, Used.NOTHING),
          whole("html", "'fault':'content_type'", RETRYABLE, "malformed_answer", 3, Used.NOTHING),
          stream("none", "", ANSWERED, null, 1, Used.WHOLE),
          stream("slow", "'chunk_ms':20", ANSWERED, null, 1, Used.WHOLE),
          stream("500-once", "'status':500,'fail_first_n':1", ANSWERED, null, 2, Used.WHOLE),
          stream("429-once", "'status':429,'fail_first_n':1", ANSWERED, null, 2, Used.WHOLE),
          stream("hang", "'hang':true", RETRYABLE, "timeout", 3, Used.NOTHING),
          stream("stall", "'fault':'stall'", RETRYABLE, "timeout", 3, Used.PART),
          stream("half", "'fault':'half_body'", RETRYABLE, "connection", 3, Used.PART),
          stream(
              "half-once",
              "'fault':'half_body','fail_first_n':1",
              ANSWERED,
              null,
              2,
              Used.PART_AND_WHOLE),
          stream("truncated", "'fault':'truncated'", RETRYABLE, "truncated_answer", 3, Used.PART),
          stream(
              "truncated-once",
              "'fault':'truncated','fail_first_n':1",
              ANSWERED,
              null,
              2,
              Used.PART_AND_WHOLE),
          stream("error", "'fault':'error_event'", RETRYABLE, "server_error", 3, Used.PART),
          stream("reset", "'fault':'reset'", RETRYABLE, "connection", 3, Used.NOTHING),
          stream(
              "malformed", "'fault':'malformed'", RETRYABLE, "malformed_answer", 3, Used.NOTHING),
          stream("html", "'fault':'content_type'", RETRYABLE, "malformed_answer", 3, Used.NOTHING));

  private static String id(String dialect, String fault) {
    return dialect + "-" + fault;
  }

  private static Behaviour behaviour(String json) {
    String given = json.isEmpty() ? "" : "," + json.replace('\'', '"');
    try {
      return new ObjectMapper()
          .readValue("{\"completion_tokens\":" + OUTPUT + given + "}", Behaviour.class);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static Offering offering(String dialect, String id, int timeoutSeconds) {
    return Offering.newBuilder(Samples.offering(id, "sandbox"))
        .setDialect(dialect)
        .setProviderModel(MODEL)
        .setKeyVariable(KEYS.get(dialect))
        .setTimeoutSeconds(timeoutSeconds)
        .build();
  }

  private static DispatchOrder order(String id, boolean streamed) {
    String limit = streamed ? "" : ",\"max_tokens\":100";
    return DispatchOrder.newBuilder(Samples.order(id, id))
        .setBody(
            "{\"model\":\"m\",\"messages\":[{\"role\":\"user\",\"content\":\"%s\"}]%s}"
                .formatted(prompt(id), limit))
        .build();
  }

  private static String prompt(String id) {
    return "What is the answer to " + id + "?";
  }

  private static long inputTokens(String id) {
    return (prompt(id).length() + 3) / 4;
  }

  @Test
  void everyFaultAtEveryDialectHasTheRightOutcomeTheRightUsageAndOneCompletion() throws Exception {
    Map<String, Behaviour> behaviours = new HashMap<>();
    KEYS.keySet()
        .forEach(
            dialect -> {
              FAULTS.forEach(
                  fault -> behaviours.put(id(dialect, fault.name()), behaviour(fault.behaviour())));
              behaviours.put(id(dialect, "suspended"), behaviour(ENDLESS));
              behaviours.put(id(dialect, "late"), behaviour(ENDLESS));
            });
    SandboxOptions options =
        new SandboxOptions(0, List.of(MODEL), Behaviour.PROMPT, behaviours, true);
    SimpleMeterRegistry meters = new SimpleMeterRegistry();
    try (Sandbox sandbox = Sandbox.start(options);
        Cluster cluster = new Cluster(2);
        Cluster.Reader<Completion> completions = cluster.reader(Topics.COMPLETIONS)) {
      KEYS.keySet().forEach(dialect -> send(cluster, dialect));
      cluster.flush();
      DispatcherConfig config =
          DispatcherConfig.of(
              Lane.API,
              KafkaAccess.at(cluster.bootstrap()),
              "0",
              Map.of("sandbox", URI.create(sandbox.uri() + "/:dialect/:offering/v1")),
              Map.of(
                  "OPENAI_API_KEY", "sk-secret",
                  "ANTHROPIC_API_KEY", "sk-secret",
                  "VLLM_KEY", "sk-secret",
                  "VERTEX_TOKEN", "sk-secret",
                  "AWS_ACCESS_KEY_ID", "AKIA",
                  "AWS_SECRET_ACCESS_KEY", "sk-secret"));
      try (DispatcherService service = new DispatcherService(config, cluster.registry(), meters)) {
        service.start();
        await().atMost(PATIENCE).until(service::isReady);
        KEYS.keySet().forEach(dialect -> sendSlow(cluster, dialect));
        cluster.flush();
        await().atMost(PATIENCE).until(() -> slowCalls(sandbox) == 2 * KEYS.size());
        KEYS.keySet()
            .forEach(
                dialect ->
                    cluster.send(
                        Topics.SUSPENSIONS,
                        "OFFERING:" + id(dialect, "suspended"),
                        Samples.suspension(
                            SuspensionScope.OFFERING, id(dialect, "suspended"), true, 1)));
        cluster.flush();
        int all = KEYS.size() * (FAULTS.size() + 2);
        await().atMost(PATIENCE).until(() -> completions.read().size() >= all);
        check(completions.read());
      }
    }
  }

  private static long slowCalls(Sandbox sandbox) throws Exception {
    HttpRequest stats =
        HttpRequest.newBuilder(URI.create(sandbox.uri() + "/sandbox/stats")).build();
    JsonNode calls =
        new ObjectMapper()
            .readTree(HttpClient.newHttpClient().send(stats, BodyHandlers.ofString()).body())
            .path("by_offering");
    return KEYS.keySet().stream()
        .flatMap(dialect -> Stream.of(id(dialect, "suspended"), id(dialect, "late")))
        .filter(calls::has)
        .count();
  }

  /** Streams that are still on their way when they are suspended, and at their deadline. */
  private static void sendSlow(Cluster cluster, String dialect) {
    for (String ended : List.of("suspended", "late")) {
      String id = id(dialect, ended);
      cluster.send(Topics.OFFERINGS, id, offering(dialect, id, NEVER_SECONDS));
      Duration left = ended.equals("late") ? UNTIL_LATE : PATIENCE;
      DispatchOrder order =
          DispatchOrder.newBuilder(order(id, true)).setDeadline(Instant.now().plus(left)).build();
      cluster.send(Topics.orders(Lane.API, order.getServiceClass()), order.getCacheKey(), order);
    }
  }

  private static void send(Cluster cluster, String dialect) {
    List<DispatchOrder> orders = new ArrayList<>();
    for (Fault fault : FAULTS) {
      String id = id(dialect, fault.name());
      int timeout =
          fault.name().contains("hang")
              ? HANG_SECONDS
              : fault.name().contains("stall") ? STALL_SECONDS : NEVER_SECONDS;
      cluster.send(Topics.OFFERINGS, id, offering(dialect, id, timeout));
      orders.add(order(id, fault.streamed()));
    }
    orders.forEach(
        order ->
            cluster.send(
                Topics.orders(Lane.API, order.getServiceClass()), order.getCacheKey(), order));
  }

  private static void check(List<Completion> completions) {
    Map<String, List<Completion>> byOrder =
        completions.stream().collect(Collectors.groupingBy(Completion::getOrderId));
    SoftAssertions.assertSoftly(
        softly -> {
          for (String dialect : KEYS.keySet()) {
            for (Fault fault : FAULTS) {
              check(softly, fault, dialect, byOrder.get(id(dialect, fault.name())));
            }
            Function<String, List<Completion>> ended =
                name -> byOrder.getOrDefault(id(dialect, name), List.of());
            part(softly, dialect, ended.apply("suspended"), CompletionStatus.SUSPENDED);
            part(softly, dialect, ended.apply("late"), CompletionStatus.EXPIRED);
          }
        });
    assertThat(completions).noneMatch(each -> each.toString().contains("sk-secret"));
  }

  private static void part(
      SoftAssertions softly, String dialect, List<Completion> of, CompletionStatus status) {
    softly.assertThat(of).as(dialect + " " + status).hasSize(1);
    softly.assertThat(of).extracting(Completion::getStatus).containsExactly(status);
    of.forEach(each -> partial(softly, dialect + " " + status, each.getUsage(), 1));
  }

  private static void partial(SoftAssertions softly, String cell, Usage usage, int calls) {
    softly.assertThat(usage).as(cell + " usage").isNotNull();
    if (usage != null) {
      softly.assertThat(usage.getUncachedInput()).as(cell + " input").isPositive();
      softly.assertThat(usage.getOutput()).as(cell + " output").isBetween(0L, calls * OUTPUT);
    }
  }

  private static void check(
      SoftAssertions softly, Fault fault, String dialect, List<Completion> of) {
    String cell = dialect + " × " + fault.name();
    softly.assertThat(of).as(cell).hasSize(1);
    if (of == null || of.size() != 1) {
      return;
    }
    Completion completion = of.get(0);
    softly.assertThat(completion.getStatus()).as(cell + " status").isEqualTo(fault.status());
    softly.assertThat(completion.getCalls()).as(cell + " calls").isEqualTo(fault.calls());
    if (fault.code() != null) {
      softly.assertThat(completion.getErrorCode()).as(cell + " code").isEqualTo(fault.code());
    }
    if (fault.status() == ANSWERED) {
      softly
          .assertThat(completion.getBody())
          .as(cell + " body")
          .contains("This is Dualtrack's sandbox", "\"finish_reason\":\"stop\"");
    }
    long input = inputTokens(completion.getOrderId());
    Usage usage = completion.getUsage();
    switch (fault.used()) {
      case NOTHING -> softly.assertThat(usage).as(cell + " usage").isNull();
      case PART -> partial(softly, cell, usage, fault.calls());
      case WHOLE -> {
        softly.assertThat(usage).as(cell + " usage").isNotNull();
        if (usage != null) {
          softly.assertThat(usage.getUncachedInput()).as(cell + " input").isEqualTo(input);
          softly.assertThat(usage.getOutput()).as(cell + " output").isEqualTo(OUTPUT);
          softly.assertThat(completion.getRawUsage()).as(cell + " raw").isNotNull();
        }
      }
      case PART_AND_WHOLE -> {
        softly.assertThat(usage).as(cell + " usage").isNotNull();
        if (usage != null) {
          softly.assertThat(usage.getUncachedInput()).as(cell + " input").isGreaterThan(input);
          softly.assertThat(usage.getOutput()).as(cell + " output").isBetween(OUTPUT, 2 * OUTPUT);
        }
      }
    }
  }
}
