package io.dualtrack.local.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.jobs.abuse.AbuseThresholds;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.ExemptionKind;
import java.io.IOException;
import java.io.OutputStreamWriter;
import java.io.Writer;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.zip.GZIPOutputStream;
import org.apache.flink.core.execution.JobClient;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AbuseReplayTest {

  private static final String CANARY = "canary-7f3a";

  @TempDir Path folder;

  @Test
  void howFarItIsIsNotKnownOnceTheJobsClusterIsGone() throws Exception {
    JobClient ended =
        (JobClient)
            Proxy.newProxyInstance(
                JobClient.class.getClassLoader(),
                new Class<?>[] {JobClient.class},
                (self, method, arguments) -> {
                  throw new IllegalStateException("has already been shut down");
                });

    assertThat(AbuseReplay.linesRead(ended)).isEmpty();
  }

  @Test
  void accountsWithOneCardAndOneTemplateAreNamedAndTheirTextIsNot() throws Exception {
    Path log = folder.resolve("log.jsonl.gz");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      lines.add(line(i, "acct-" + i % 6, "card-1", "Grade this answer of pupil %d".formatted(i)));
      lines.add(line(i, "other-" + i, "card-of-" + i, "A question of my own, number " + i));
    }
    lines.add(3, "no JSON at all");
    lines.add(5, "{\"at\":\"2026-06-01T00:00:00Z\",\"prompt\":\"whose?\"}");
    write(log, lines);

    Path alerts = folder.resolve("alerts.jsonl");
    AbuseReplay.Outcome outcome =
        AbuseReplay.of(log, alerts, AbuseThresholds.DEFAULT, progress -> {});

    assertThat(outcome.exchanges()).isEqualTo(120);
    assertThat(outcome.problems())
        .containsExactly("line 4 is no exchange in JSON", "line 6 has no account");
    assertThat(outcome.badLines()).isEqualTo(2);
    List<String> named = new ArrayList<>();
    for (String line : Files.readAllLines(alerts)) {
      new ObjectMapper()
          .readTree(line)
          .get("accounts_added")
          .forEach(account -> named.add(account.asText()));
    }
    assertThat(outcome.alerts()).isEqualTo(Files.readAllLines(alerts).size());
    assertThat(named)
        .containsExactlyInAnyOrder("acct-0", "acct-1", "acct-2", "acct-3", "acct-4", "acct-5");
    assertThat(alerts)
        .content()
        .contains("\"alert_id\"", "\"accounts_added\":[\"acct-", "\"raised_at\":\"2026-06-01T")
        .doesNotContain(CANARY)
        .doesNotContain("card-1");
  }

  @Test
  void accountsOfAnExemptedCardAreToldOfAsCoveredByTheExemption() throws Exception {
    Path log = folder.resolve("exempted.jsonl.gz");
    List<String> lines = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      lines.add(line(i, "acct-" + i % 6, "card-1", "Grade this answer of pupil %d".formatted(i)));
      lines.add(line(i, "other-" + i, "card-of-" + i, "A question of my own, number " + i));
    }
    write(log, lines);
    AbuseExemption laboratory =
        AbuseExemption.newBuilder()
            .setId("lab-7")
            .setKind(ExemptionKind.ORGANISATION)
            .setPayment("card-1")
            .setReason("an evaluation laboratory")
            .setApprover("ann")
            .setEffectiveFrom(Instant.parse("2026-05-01T00:00:00Z"))
            .setEffectiveTo(Instant.parse("2026-07-01T00:00:00Z"))
            .build();

    Path alerts = folder.resolve("exempted-alerts.jsonl");
    AbuseReplay.of(log, alerts, AbuseThresholds.DEFAULT, List.of(laboratory), progress -> {});

    assertThat(Files.readAllLines(alerts))
        .isNotEmpty()
        .allSatisfy(alert -> assertThat(alert).contains("\"suppressed_by\":\"lab-7\""));
  }

  @Test
  void ofManyBadLinesTheFirstAreNamedAndAllAreCounted() throws Exception {
    Path log = folder.resolve("bad.jsonl.gz");
    write(log, Collections.nCopies(500, "no JSON at all, " + CANARY));

    AbuseReplay.Outcome outcome =
        AbuseReplay.of(log, folder.resolve("none.jsonl"), AbuseThresholds.DEFAULT, progress -> {});

    assertThat(outcome.badLines()).isEqualTo(500);
    assertThat(outcome.problems())
        .hasSize(100)
        .startsWith("line 1 is no exchange in JSON", "line 2 is no exchange in JSON")
        .allMatch(problem -> !problem.contains(CANARY));
  }

  private static String line(int second, String account, String card, String prompt) {
    return """
    {"at":"2026-06-01T00:00:%02dZ","account":"%s","payment_fingerprint":"%s",\
    "ip":"82.1.%d.7","prompt":"%s %s"}\
    """
        .formatted(second, account, card, second, prompt, CANARY);
  }

  private static void write(Path file, List<String> lines) throws IOException {
    try (Writer out =
        new OutputStreamWriter(
            new GZIPOutputStream(Files.newOutputStream(file)), StandardCharsets.UTF_8)) {
      for (String line : lines) {
        out.write(line + "\n");
      }
    }
  }
}
