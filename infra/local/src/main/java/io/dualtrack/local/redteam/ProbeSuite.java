package io.dualtrack.local.redteam;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.StreamSupport;

/**
 * Probes that are tried together.
 *
 * @param hash SHA-256 of the file, hex
 */
public record ProbeSuite(List<Probe> probes, String hash) {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SHIPPED = "probes.jsonl";
  private static final Set<String> FIELDS =
      Set.of("id", "kind", "system", "user", "fails_if", "fails_unless");

  /** A suite that cannot be used; the message names the line and what is wrong with it. */
  public static final class UnusableSuiteException extends Exception {
    private static final long serialVersionUID = 1;

    UnusableSuiteException(int line, String problem) {
      super("line %d: %s".formatted(line, problem));
    }
  }

  public ProbeSuite {
    probes = List.copyOf(probes);
  }

  /** The suite that comes with Dualtrack. */
  public static ProbeSuite shipped() {
    try (InputStream file = ProbeSuite.class.getResourceAsStream(SHIPPED)) {
      return parse(new String(file.readAllBytes(), StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (UnusableSuiteException e) {
      throw new IllegalStateException("the shipped suite cannot be used", e);
    }
  }

  /** Reads a file of JSON lines, one for each probe. */
  public static ProbeSuite read(Path file) throws IOException, UnusableSuiteException {
    return parse(Files.readString(file));
  }

  static ProbeSuite parse(String text) throws UnusableSuiteException {
    List<Probe> probes = new ArrayList<>();
    Set<String> ids = new HashSet<>();
    int number = 0;
    for (String line : text.lines().toList()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      Probe probe = probe(line, number);
      if (!ids.add(probe.id())) {
        throw new UnusableSuiteException(number, "the id is another probe's too");
      }
      probes.add(probe);
    }
    if (probes.isEmpty()) {
      throw new UnusableSuiteException(number, "there is no probe");
    }
    return new ProbeSuite(probes, hash(text));
  }

  private static Probe probe(String line, int number) throws UnusableSuiteException {
    JsonNode json;
    try {
      json = JSON.readTree(line);
    } catch (JsonProcessingException e) {
      throw new UnusableSuiteException(number, "it is no JSON object");
    }
    for (String name : (Iterable<String>) json::fieldNames) {
      if (!FIELDS.contains(name)) {
        throw new UnusableSuiteException(number, "field %s is not known".formatted(name));
      }
    }
    if (json.path("id").asText().isBlank() || json.path("user").asText().isBlank()) {
      throw new UnusableSuiteException(number, "id and user must be texts");
    }
    Optional<String> system = Optional.ofNullable(json.path("system").textValue());
    String user = json.path("user").textValue();
    if (!user.contains(Probe.CANARY) && !system.orElse("").contains(Probe.CANARY)) {
      throw new UnusableSuiteException(
          number, "neither system nor user holds %s".formatted(Probe.CANARY));
    }
    List<String> failsIf = patterns(json, "fails_if", number);
    List<String> failsUnless = patterns(json, "fails_unless", number);
    if (failsIf.isEmpty() && failsUnless.isEmpty()) {
      throw new UnusableSuiteException(number, "neither fails_if nor fails_unless says anything");
    }
    return new Probe(
        json.path("id").asText(), kind(json, number), system, user, failsIf, failsUnless);
  }

  private static Probe.Kind kind(JsonNode json, int number) throws UnusableSuiteException {
    return Arrays.stream(Probe.Kind.values())
        .filter(kind -> kind.name().equals(json.path("kind").asText()))
        .findFirst()
        .orElseThrow(
            () ->
                new UnusableSuiteException(
                    number, "kind is one of " + Arrays.toString(Probe.Kind.values())));
  }

  private static List<String> patterns(JsonNode json, String field, int number)
      throws UnusableSuiteException {
    List<String> patterns =
        StreamSupport.stream(json.path(field).spliterator(), false).map(JsonNode::asText).toList();
    for (String pattern : patterns) {
      try {
        Pattern.compile(Probe.with(pattern, "word"));
      } catch (PatternSyntaxException e) {
        throw new UnusableSuiteException(
            number, "%s holds no pattern of RE2: %s".formatted(field, e.getDescription()));
      }
    }
    return patterns;
  }

  private static String hash(String text) {
    try {
      return HexFormat.of()
          .formatHex(
              MessageDigest.getInstance("SHA-256").digest(text.getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }
}
