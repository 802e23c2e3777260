package io.dualtrack.faults.oracle;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.operations.topics.TopicScan;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Topics;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whether each line that the caller sent has exactly one outcome in the file that came back, and
 * exactly one result on the topic. The caller's files say what was asked, no topic does: a request
 * that never became a record is missing too.
 */
final class Outcomes {

  static final String CHECK = "outcomes";

  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** One line of output as its caller reads it. */
  record Delivered(String customId, String requestId) {}

  private Outcomes() {}

  /**
   * Reads files and topic and judges them.
   *
   * @param requests ids of requests that were sent by no gateway
   */
  static Check read(
      List<Exchanged> files,
      Collection<String> batches,
      Collection<String> requests,
      KafkaAccess kafka,
      SchemaRegistry registry)
      throws IOException {
    List<String> sent = new ArrayList<>();
    List<Delivered> delivered = new ArrayList<>();
    for (Exchanged each : files) {
      read(each.input(), line -> sent.add(line.path("custom_id").asText()));
      read(
          each.output(),
          line ->
              delivered.add(
                  new Delivered(line.path("custom_id").asText(), line.path("id").asText())));
    }
    Map<String, Integer> results = new HashMap<>();
    try (TopicScan<InferenceResult> scan = new TopicScan<>(kafka, registry, Topics.RESULTS)) {
      boolean whole =
          scan.fromBeginning()
              .toEnd(
                  PATIENCE,
                  key -> batches.contains(key) || requests.contains(key),
                  (key, result) -> results.merge(result.getRequestId(), 1, Integer::sum));
      if (!whole) {
        return new Check(CHECK, List.of("the results cannot be read to their end"));
      }
    }
    for (String request : requests) {
      sent.add(request);
      if (results.containsKey(request)) {
        delivered.add(new Delivered(request, request));
      }
    }
    return judge(sent, delivered, results);
  }

  private interface Line {
    void read(JsonNode line);
  }

  private static void read(Path file, Line action) throws IOException {
    try (BufferedReader reader = Files.newBufferedReader(file)) {
      for (String line = reader.readLine(); line != null; line = reader.readLine()) {
        action.read(JSON.readTree(line));
      }
    }
  }

  /**
   * @param sent the caller's own ids of the lines, all different
   * @param delivered lines of output
   * @param results how many results the topic has of each request id
   */
  static Check judge(
      List<String> sent, Collection<Delivered> delivered, Map<String, Integer> results) {
    List<String> problems = new ArrayList<>();
    Set<String> asked = new HashSet<>(sent);
    Set<String> outcomes = new HashSet<>();
    Set<String> requests = new HashSet<>();
    Set<String> twice = new TreeSet<>();
    Set<String> without = new TreeSet<>();
    Set<String> doubled = new TreeSet<>();
    for (Delivered line : delivered) {
      if (!outcomes.add(line.customId())) {
        twice.add(line.customId());
      }
      requests.add(line.requestId());
      int found = results.getOrDefault(line.requestId(), 0);
      if (found == 0) {
        without.add(line.customId());
      } else if (found > 1) {
        doubled.add(line.customId());
      }
    }
    say(problems, "lines have no outcome", minus(asked, outcomes));
    say(problems, "lines have more than one outcome", twice);
    say(problems, "outcomes are of no line that was sent", minus(outcomes, asked));
    say(problems, "lines have no result on the topic", without);
    say(problems, "lines have more than one result on the topic", doubled);
    say(problems, "results are of no line that was delivered", minus(results.keySet(), requests));
    return new Check(CHECK, problems);
  }

  private static Set<String> minus(Set<String> from, Set<String> what) {
    Set<String> left = new TreeSet<>(from);
    left.removeAll(what);
    return left;
  }

  private static void say(List<String> problems, String what, Set<String> which) {
    if (!which.isEmpty()) {
      problems.add("%,d %s: %s".formatted(which.size(), what, Sample.of(which)));
    }
  }
}
