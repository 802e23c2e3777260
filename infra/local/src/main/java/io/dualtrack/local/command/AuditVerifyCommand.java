package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.audit.AuditVerification;
import io.dualtrack.audit.Finding;
import io.dualtrack.audit.Verdict;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.schemas.SigningKey;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Proves the audit trail whole. */
@Command(
    name = "verify",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Holds every record of the audit trail against the signed checkpoints: proves that none was"
            + " changed, removed, added or moved, or names the first of each partition that was.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:the trail is whole up to the last checkpoint",
      "1:it is not, or nobody seals it; the findings are printed",
      "2:wrong usage, or checkpoints or keys that cannot be read",
      "3:no stack answers"
    })
final class AuditVerifyCommand implements Callable<Integer> {

  @Spec private CommandSpec spec;

  @Mixin private StackOption stack;

  @Option(
      names = "--checkpoints",
      paramLabel = "DIR",
      description = "folder of the checkpoints (default: the one of the stack's folder)")
  private Path checkpoints;

  @Option(
      names = "--keys",
      paramLabel = "FILE",
      description =
          "PEM file of the public keys whose checkpoints count; an auditor has a copy of their own"
              + " (default: the one of the stack's folder)")
  private Path keys;

  @Option(names = "--json", description = "print one JSON object")
  private boolean json;

  @Override
  public Integer call() {
    StackClient client = stack.connect();
    PrintWriter out = spec.commandLine().getOut();
    Verdict verdict;
    try {
      verdict =
          AuditVerification.verify(
              client.kafka(),
              checkpoints == null ? client.inData(LocalStack.CHECKPOINTS) : checkpoints,
              keys == null ? SigningKey.publicFile(client.inData(LocalStack.AUDIT_KEY)) : keys,
              Instant.now());
    } catch (IOException e) {
      spec.commandLine().getErr().println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    }
    if (json) {
      out.println(json(verdict));
    } else {
      print(verdict, out);
    }
    out.flush();
    return verdict.whole() ? Exit.DONE : Exit.INCOMPLETE;
  }

  private static void print(Verdict verdict, PrintWriter out) {
    verdict.findings().forEach(out::println);
    out.println(
        "%s: %,d records as they were sealed, %,d expired, %,d checkpoints until %s, %,d records not sealed yet"
            .formatted(
                verdict.whole() ? "the audit trail is whole" : "THE AUDIT TRAIL IS NOT WHOLE",
                verdict.records(),
                verdict.expired(),
                verdict.checkpoints(),
                verdict.sealedUntil() == null ? "never" : verdict.sealedUntil(),
                verdict.unsealed()));
  }

  private static ObjectNode json(Verdict verdict) {
    ObjectNode json = new ObjectMapper().createObjectNode();
    json.put("whole", verdict.whole());
    json.put("records", verdict.records());
    json.put("expired", verdict.expired());
    json.put("checkpoints", verdict.checkpoints());
    json.put(
        "sealed_until", verdict.sealedUntil() == null ? null : verdict.sealedUntil().toString());
    json.put("unsealed", verdict.unsealed());
    ArrayNode findings = json.putArray("findings");
    for (Finding finding : verdict.findings()) {
      ObjectNode node = findings.addObject();
      node.put("kind", finding.kind().name());
      node.put("topic", finding.topic());
      node.put("partition", finding.partition());
      node.put("offset", finding.offset());
      node.put("request", finding.requestId());
      node.put("checkpoint", finding.checkpoint());
      node.put("text", finding.text());
    }
    return json;
  }
}
