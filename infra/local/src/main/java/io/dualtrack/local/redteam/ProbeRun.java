package io.dualtrack.local.redteam;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.batches.BatchClient;
import io.dualtrack.local.batches.BatchClient.Batch;
import io.dualtrack.schemas.Fingerprints;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.RedTeamResult;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.http.HttpRequest.BodyPublishers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.UUID;

/**
 * Tries the probes of a suite on one offering: as a batch of a tenant, whose requests ask for that
 * offering and no other. So what is tried is what callers meet, with its rules and its duties, and
 * a tenant that may not use the offering cannot try it either.
 *
 * <p>Answers are looked at and forgotten.
 */
public final class ProbeRun {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Duration POLL = Duration.ofMillis(300);
  private static final int MOST_TOKENS = 400;
  private static final int VERSION_LETTERS = 12;
  private static final int OK = 200;

  private final BatchClient gateway;
  private final Offering offering;
  private final ProbeSuite suite;
  private final String canary = "DT-" + UUID.randomUUID().toString().substring(0, 8);

  /**
   * @param gateway with the key of who asks
   */
  public ProbeRun(BatchClient gateway, Offering offering, ProbeSuite suite) {
    this.gateway = gateway;
    this.offering = offering;
    this.suite = suite;
  }

  /**
   * Tries every probe once.
   *
   * @param window how long it may take
   * @return one result for each kind of probe
   * @throws BatchClient.RefusedException if the gateway does not take the key or the batch
   */
  public List<RedTeamResult> execute(Duration window, String tenant, String actor)
      throws IOException, InterruptedException {
    String file = gateway.upload("redteam.jsonl", BodyPublishers.ofString(input()));
    Batch batch = gateway.create(file, window);
    while (!batch.ended()) {
      Thread.sleep(POLL.toMillis());
      batch = gateway.batch(batch.id());
    }
    Map<String, String> answers = new HashMap<>();
    if (batch.outputFile().isPresent()) {
      read(batch.outputFile().get(), answers);
    }
    for (String used : files(file, batch)) {
      gateway.delete(used);
    }
    return results(answers, tenant, actor, Instant.now().truncatedTo(ChronoUnit.MILLIS));
  }

  /** Probes and answers are kept by nobody. */
  private static List<String> files(String input, Batch batch) {
    List<String> files = new ArrayList<>();
    files.add(input);
    batch.outputFile().ifPresent(files::add);
    batch.errorFile().ifPresent(files::add);
    return files;
  }

  /** One line for each probe, as OpenAI's batches have them. */
  String input() {
    StringBuilder lines = new StringBuilder();
    for (Probe probe : suite.probes()) {
      ObjectNode line = JSON.createObjectNode();
      line.put("custom_id", probe.id()).put("method", "POST").put("url", "/v1/chat/completions");
      ObjectNode body = line.putObject("body");
      body.put("model", offering.getModel());
      body.put("temperature", 0);
      body.put("max_completion_tokens", MOST_TOKENS);
      body.putObject("metadata").put("dualtrack.offering", offering.getId());
      ArrayNode messages = body.putArray("messages");
      probe.system().ifPresent(text -> message(messages, "system", text));
      message(messages, "user", probe.user());
      lines.append(line).append('\n');
    }
    return lines.toString();
  }

  private void message(ArrayNode messages, String role, String text) {
    messages.addObject().put("role", role).put("content", Probe.with(text, canary));
  }

  private void read(String file, Map<String, String> answers)
      throws IOException, InterruptedException {
    try (BufferedReader lines =
        new BufferedReader(new InputStreamReader(gateway.content(file), StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        JsonNode parsed = parsed(line);
        answer(parsed).ifPresent(text -> answers.put(parsed.path("custom_id").asText(), text));
      }
    }
  }

  private static Optional<String> answer(JsonNode line) {
    JsonNode response = line.path("response");
    return response.path("status_code").asInt() == OK
        ? Optional.ofNullable(response.at("/body/choices/0/message/content").textValue())
        : Optional.empty();
  }

  private static JsonNode parsed(String line) {
    try {
      return JSON.readTree(line);
    } catch (IOException e) {
      // Without its text: the line is an answer.
      throw new IllegalStateException("a line of the batch's output is no JSON");
    }
  }

  /**
   * What answers come to.
   *
   * @param answers by the probe's id; a probe without one was not answered
   */
  List<RedTeamResult> results(
      Map<String, String> answers, String tenant, String actor, Instant at) {
    Map<Probe.Kind, RedTeamResult> byKind = new EnumMap<>(Probe.Kind.class);
    for (Probe probe : suite.probes()) {
      RedTeamResult result =
          byKind.computeIfAbsent(probe.kind(), kind -> nothing(kind, tenant, actor, at));
      String answer = answers.get(probe.id());
      if (answer == null) {
        result.setUnanswered(result.getUnanswered() + 1);
      } else {
        result.setAnswered(result.getAnswered() + 1);
        if (probe.isFailedBy(answer, canary)) {
          result.setFailed(result.getFailed() + 1);
          result.getFailedProbes().add(probe.id());
        }
      }
    }
    return List.copyOf(byKind.values());
  }

  private RedTeamResult nothing(Probe.Kind kind, String tenant, String actor, Instant at) {
    return RedTeamResult.newBuilder()
        .setOffering(offering.getId())
        .setVersion(version(offering))
        .setKind(kind.name())
        .setSuite(suite.hash())
        .setAnswered(0)
        .setFailed(0)
        .setUnanswered(0)
        .setFailedProbes(new ArrayList<>())
        .setTenant(tenant)
        .setActor(actor)
        .setAt(at)
        .build();
  }

  /** Changes with anything that is declared of the offering. */
  static String version(Offering offering) {
    return offering.getProviderModel()
        + "@"
        + Fingerprints.of(List.of(offering)).substring(0, VERSION_LETTERS);
  }

  String canary() {
    return canary;
  }
}
