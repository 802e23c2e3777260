package io.dualtrack.local.command;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.local.DurationText;
import io.dualtrack.local.drill.DrillReport;
import io.dualtrack.local.drill.DrillRun;
import io.dualtrack.operations.control.Drills;
import io.dualtrack.operations.control.UnknownSubjectException;
import io.dualtrack.schemas.LiveDrill;
import java.io.IOException;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.UUID;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.TypeConversionException;

/** A drill on live requests. */
final class LiveDrillOptions {

  private static final DateTimeFormatter MINUTE =
      DateTimeFormatter.ofPattern("uuuuMMdd-HHmm").withZone(ZoneOffset.UTC);

  /** Reads 10% and 10. */
  static final class Percent implements ITypeConverter<BigDecimal> {

    @Override
    public BigDecimal convert(String text) {
      try {
        return new BigDecimal(text.strip().replaceFirst("\\s*%$", ""));
      } catch (NumberFormatException e) {
        throw new TypeConversionException("'%s' is no share such as 10%%".formatted(text));
      }
    }
  }

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @Option(
      names = "--live",
      description =
          "do it: keep live requests away, report what came of it, and let it end by itself")
  private boolean live;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      converter = DurationText.class,
      description = "with --live: how long, 1s to 4h (default: 10m)")
  private Duration length = Duration.ofMinutes(10);

  @Option(
      names = "--share",
      paramLabel = "PERCENT",
      converter = Percent.class,
      description = "with --live: of how many requests, drawn by their ids (default: 100%%)")
  private BigDecimal share = BigDecimal.valueOf(100);

  @Option(
      names = "--reason",
      paramLabel = "TEXT",
      description = "with --live: why; it stands in every refusal and in the audit trail")
  private String reason = "a drill";

  @Option(
      names = "--wait",
      paramLabel = "TIME",
      converter = DurationText.class,
      description = "with --live: how long to wait for results behind the end (default: 1m)")
  private Duration patience = Duration.ofMinutes(1);

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "with --live: write the report as JSON there too")
  private Path out;

  @Mixin private PersonOption person;

  boolean wanted() {
    return live;
  }

  int run(StackClient client, DrillSubject.Subject subject, boolean json) throws IOException {
    if (reason.isBlank() || person.name().isEmpty()) {
      throw new ParameterException(spec.commandLine(), "--reason and --as must say something");
    }
    PrintWriter err = spec.commandLine().getErr();
    String id = MINUTE.format(Instant.now()) + "-" + UUID.randomUUID().toString().substring(0, 4);
    Drills.Command command =
        new Drills.Command(
            id, subject.scope(), subject.id(), length, share, reason.strip(), person.name());
    try (Interruption interruption = Interruption.open()) {
      DrillRun.Result result =
          new DrillRun(client.kafka(), client.registry())
              .execute(
                  command,
                  patience,
                  drill -> begun(drill, err),
                  progress -> LiveDrillReport.print(progress, err));
      if (result instanceof DrillRun.Result.Denied denied) {
        err.println("dualtrack: " + denied.why());
        return Exit.USAGE;
      }
      DrillReport report = ((DrillRun.Result.Over) result).report();
      tell(report, json);
      return report.smooth() ? Exit.DONE : Exit.INCOMPLETE;
    } catch (UnknownSubjectException e) {
      err.println("dualtrack: " + e.getMessage());
      return Exit.USAGE;
    } catch (ProducerFencedException e) {
      err.println("dualtrack: another control command came in between; try again");
      return Exit.INCOMPLETE;
    } finally {
      err.flush();
    }
  }

  private static void begun(LiveDrill drill, PrintWriter err) {
    err.printf(
        "drill %s: %s %% of the requests are kept away from %s until %s, then it ends by itself; Ctrl-C ends it now%n",
        drill.id(),
        drill.percent().stripTrailingZeros().toPlainString(),
        drill.what(),
        drill.until());
    err.flush();
  }

  private void tell(DrillReport report, boolean json) throws IOException {
    ObjectNode asJson = LiveDrillReport.json(report);
    if (out != null) {
      Files.writeString(out, asJson.toPrettyString() + "\n");
    }
    PrintWriter terminal = spec.commandLine().getOut();
    if (json) {
      terminal.println(asJson);
    } else {
      LiveDrillReport.print(report, terminal);
    }
    terminal.flush();
  }
}
