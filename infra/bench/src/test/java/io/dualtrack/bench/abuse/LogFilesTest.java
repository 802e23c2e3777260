package io.dualtrack.bench.abuse;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFilesTest {

  @TempDir private Path folder;

  @Test
  void aTenantIsNamedFromItsFirstAlertOnUnlessAnExemptionCoversIt() throws Exception {
    Path alerts = folder.resolve("alerts.jsonl");
    Files.write(
        alerts,
        List.of(
            alert("cluster", "public", "2026-06-01T01:00:00Z", null),
            alert("tenant", "telecom", "2026-06-05T09:00:00Z", null),
            alert("tenant", "telecom", "2026-06-02T09:00:00Z", null),
            alert("tenant", "university", "2026-06-02T09:00:00Z", "exemption-1")));

    assertThat(LogFiles.tenants(alerts))
        .isEqualTo(Map.of("telecom", Instant.parse("2026-06-02T09:00:00Z")));
  }

  private static String alert(String kind, String tenant, String at, String suppressedBy) {
    String suppressed = suppressedBy == null ? "null" : '"' + suppressedBy + '"';
    return """
        {"kind":"%s","tenant":"%s","raised_at":"%s","suppressed_by":%s,"accounts_added":[]}"""
        .formatted(kind, tenant, at, suppressed);
  }
}
