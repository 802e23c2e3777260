package io.dualtrack.bench.abuse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectReader;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.datatype.jsr310.JavaTimeModule;
import io.dualtrack.bench.abuse.Score.Naming;
import io.dualtrack.local.abuse.RecordedExchange;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.GZIPInputStream;

/** Reads recorded logs, and what a replay wrote about them. */
final class LogFiles {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectReader LINES =
      JsonMapper.builder()
          .addModule(new JavaTimeModule())
          .build()
          .readerFor(RecordedExchange.class);

  private LogFiles() {}

  /** Every line of a log, in its order. */
  static void exchanges(Path log, RecordedLog.Reader each) throws IOException {
    lines(log, line -> each.read(LINES.readValue(line)));
  }

  /** Who is named when, by alerts that are not suppressed. */
  static List<Naming> namings(Path alerts) throws IOException {
    List<Naming> namings = new ArrayList<>();
    lines(
        alerts,
        line -> {
          JsonNode alert = JSON.readTree(line);
          if (alert.hasNonNull("suppressed_by")) {
            return;
          }
          Instant at = Instant.parse(alert.get("raised_at").asText());
          alert
              .get("accounts_added")
              .forEach(account -> namings.add(new Naming(at, account.asText())));
        });
    return namings;
  }

  /**
   * Tenants that alerts are about as a whole, and since when, by alerts that are not suppressed.
   */
  static Map<String, Instant> tenants(Path alerts) throws IOException {
    Map<String, Instant> tenants = new HashMap<>();
    lines(
        alerts,
        line -> {
          JsonNode alert = JSON.readTree(line);
          if (alert.get("kind").asText().equals("tenant") && !alert.hasNonNull("suppressed_by")) {
            Instant at = Instant.parse(alert.get("raised_at").asText());
            tenants.merge(alert.get("tenant").asText(), at, (a, b) -> a.isBefore(b) ? a : b);
          }
        });
    return tenants;
  }

  private interface Line {
    void read(String line) throws IOException;
  }

  private static void lines(Path file, Line each) throws IOException {
    try (InputStream stream = Files.newInputStream(file);
        BufferedReader lines =
            new BufferedReader(
                new InputStreamReader(
                    file.toString().endsWith(".gz") ? new GZIPInputStream(stream) : stream,
                    StandardCharsets.UTF_8))) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        each.read(line);
      }
    }
  }
}
