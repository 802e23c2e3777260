package io.dualtrack.local.cases;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.cases.PolicyCase.Asked;
import io.dualtrack.local.cases.PolicyCase.Expected;
import io.dualtrack.local.cases.PolicyCase.Step;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.review.control.InvalidControlException;
import io.dualtrack.review.control.Places;
import io.dualtrack.review.control.Problem;
import io.dualtrack.review.control.RecordReader;
import io.dualtrack.schemas.Attribute;
import java.io.IOException;
import java.io.StringReader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** Reads cases from YAML files; infra/control/cases shows every key. */
public final class CaseReader {

  private static final Set<String> FILE_KEYS = Set.of("cases");
  private static final Set<String> CASE_KEYS = Set.of("name", "steps");
  private static final Set<String> STEP_KEYS;
  private static final Set<String> REQUEST_KEYS =
      Set.of(
          "tenant",
          "account",
          "model",
          "metadata",
          "attributes",
          "address",
          "content",
          "system",
          "tried");
  private static final Set<String> EXPECT_KEYS =
      Set.of(
          "decision",
          "permitted",
          "first",
          "rejected",
          "reasons",
          "obligations",
          "lifted",
          "alerts",
          "jurisdictions",
          "sends",
          "hides");

  static {
    Set<String> keys = new LinkedHashSet<>(CaseState.KEYS);
    keys.addAll(Set.of("at", "request", "expect"));
    STEP_KEYS = Set.copyOf(keys);
  }

  private final ControlSet base;
  private final Places places = new Places();
  private final List<PolicyCase> cases = new ArrayList<>();

  private CaseReader(ControlSet base) {
    this.base = base;
  }

  /**
   * Reads cases.
   *
   * @param path a file, or a folder whose {@code .yaml} and {@code .yml} files are read
   * @param base control records that every case begins with
   * @throws InvalidControlException with every problem of every file
   * @throws IOException if the path cannot be read
   */
  public static List<PolicyCase> read(Path path, ControlSet base)
      throws InvalidControlException, IOException {
    CaseReader reader = new CaseReader(base);
    for (Path file : files(path)) {
      reader.readFile(file.toString(), Files.readString(file));
    }
    if (reader.cases.isEmpty() && reader.places.count() == 0) {
      reader.places.problem(
          new Problem(path.toString(), 0, "no case is there", "write 'cases:' in a .yaml file"));
    }
    if (reader.places.count() > 0) {
      throw new InvalidControlException(reader.places.problems());
    }
    return List.copyOf(reader.cases);
  }

  private static List<Path> files(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries
          .filter(file -> file.toString().endsWith(".yaml") || file.toString().endsWith(".yml"))
          .sorted()
          .toList();
    }
  }

  private void readFile(String file, String text) {
    try {
      for (Node document : new Yaml(new LoaderOptions()).composeAll(new StringReader(text))) {
        YamlFields top = new YamlFields(file, document, "the file", places, FILE_KEYS);
        top.items("cases").forEach(node -> readCase(file, node));
      }
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      places.problem(new Problem(file, line, "not YAML: " + e.getProblem(), "mend the line"));
    }
  }

  private void readCase(String file, Node node) {
    YamlFields fields = new YamlFields(file, node, "the case", places, CASE_KEYS);
    CaseState state = new CaseState(base, file, places);
    List<Step> steps = new ArrayList<>();
    for (Node item : fields.items("steps")) {
      YamlFields step = new YamlFields(file, item, "the step", places, STEP_KEYS);
      Instant at = instant(step, file, item);
      state.change(step, at);
      Optional<Node> request = step.node("request");
      Optional<Node> expect = step.node("expect");
      if (request.isEmpty() || expect.isEmpty()) {
        places.problem(file, item, "a step has no request, or expects nothing", "add them");
        continue;
      }
      steps.add(
          new Step(
              step.place(),
              at,
              state.control(),
              state.suspensions(),
              state.volumes(),
              asked(file, request.get()),
              expected(file, expect.get())));
    }
    if (steps.isEmpty()) {
      places.problem(file, node, "a case has no step", "add 'steps:'");
    }
    cases.add(new PolicyCase(fields.required("name"), fields.place(), List.copyOf(steps)));
  }

  private Instant instant(YamlFields step, String file, Node node) {
    String text = step.required("at");
    try {
      return Instant.parse(text);
    } catch (DateTimeParseException e) {
      places.problem(
          file,
          step.node("at").orElse(node),
          "'at' is no instant",
          "write one like 2026-06-20T12:00:00Z");
      return Instant.EPOCH;
    }
  }

  private Asked asked(String file, Node node) {
    YamlFields request = new YamlFields(file, node, "the request", places, REQUEST_KEYS);
    ObjectNode body = JsonNodeFactory.instance.objectNode();
    body.put("model", request.required("model"));
    ArrayNode messages = body.putArray("messages");
    request.text("system").ifPresent(text -> message(messages, "system", text));
    message(messages, "user", request.text("content").orElse("a question"));
    request
        .node("metadata")
        .ifPresent(
            metadata -> {
              ObjectNode into = body.putObject("metadata");
              new YamlFields(file, metadata, "metadata", places, Set.of())
                  .all()
                  .forEach(
                      (key, value) ->
                          into.put(
                              key, value instanceof ScalarNode scalar ? scalar.getValue() : ""));
            });
    RecordReader reader = new RecordReader(file, places);
    List<Attribute> known = new ArrayList<>();
    request
        .items("attributes")
        .forEach(item -> reader.read(item, Attribute.class).ifPresent(known::add));
    return new Asked(
        request.required("tenant"),
        request.required("account"),
        body,
        known,
        request.text("address"),
        request.texts("tried").orElse(List.of()));
  }

  private static void message(ArrayNode messages, String role, String content) {
    messages.addObject().put("role", role).put("content", content);
  }

  private Expected expected(String file, Node node) {
    YamlFields expect = new YamlFields(file, node, "the expectation", places, EXPECT_KEYS);
    Map<String, List<String>> rejected = new LinkedHashMap<>();
    expect
        .node("rejected")
        .ifPresent(
            value -> {
              YamlFields offerings = new YamlFields(file, value, "rejected", places, Set.of());
              offerings
                  .all()
                  .keySet()
                  .forEach(id -> rejected.put(id, offerings.texts(id).orElse(List.of())));
            });
    return new Expected(
        expect.text("decision"),
        expect.texts("permitted"),
        expect.text("first"),
        rejected,
        expect.texts("reasons").orElse(List.of()),
        expect.texts("obligations"),
        expect.texts("lifted").orElse(List.of()),
        expect.texts("alerts"),
        expect.texts("jurisdictions").orElse(List.of()),
        expect.texts("sends").orElse(List.of()),
        expect.texts("hides").orElse(List.of()));
  }
}
