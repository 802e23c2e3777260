package io.dualtrack.faults.oracle;

import io.dualtrack.audit.AuditVerification;
import io.dualtrack.audit.Verdict;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.schemas.SigningKey;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/** Whether the audit trail verifies, as {@code ./dualtrack audit verify} has it, and to its end. */
final class Trail {

  static final String CHECK = "audit";

  private static final Duration PATIENCE = Duration.ofSeconds(30);
  private static final Duration BETWEEN_QUESTIONS = Duration.ofMillis(500);

  private Trail() {}

  static Check read(StackAddress address) throws IOException, InterruptedException {
    Path data = address.data();
    Instant until = Instant.now().plus(PATIENCE);
    while (true) {
      Verdict verdict =
          AuditVerification.verify(
              address.kafka(),
              data.resolve(LocalStack.CHECKPOINTS),
              SigningKey.publicFile(data.resolve(LocalStack.AUDIT_KEY)),
              Instant.now());
      Check check = judge(verdict);
      // What is not sealed yet will be; what is sealed wrongly stays so.
      if (check.holds() || !verdict.whole() || Instant.now().isAfter(until)) {
        return check;
      }
      Thread.sleep(BETWEEN_QUESTIONS.toMillis());
    }
  }

  static Check judge(Verdict verdict) {
    List<String> problems = new ArrayList<>();
    verdict.findings().forEach(finding -> problems.add(finding.toString()));
    if (verdict.records() == 0) {
      problems.add("no decision is in the trail");
    }
    if (verdict.unsealed() > 0) {
      problems.add("%,d records are not sealed".formatted(verdict.unsealed()));
    }
    return new Check(CHECK, problems);
  }
}
