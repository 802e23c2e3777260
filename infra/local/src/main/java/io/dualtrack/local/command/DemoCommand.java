package io.dualtrack.local.command;

import io.dualtrack.local.LogFiles;
import io.dualtrack.local.batches.BatchRun;
import io.dualtrack.local.batches.RunOptions;
import io.dualtrack.local.batches.RunSummary;
import io.dualtrack.local.batches.StackLostException;
import io.dualtrack.local.batches.UnusableFileException;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.local.stack.LocalStack;
import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackOptions;
import java.io.IOException;
import java.io.PrintWriter;
import java.nio.file.FileVisitResult;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.SimpleFileVisitor;
import java.nio.file.attribute.BasicFileAttributes;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** Shows the whole way on the example batches. */
@Command(
    name = "demo",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Starts a stack in a temporary folder, runs the example batches of two tenants through it,"
            + " prints what came of them, and stops it.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:every request has exactly one result",
      "1:some request has no result, or more than one",
      "2:the example batches cannot be read",
      "3:the stack could not start or was lost"
    })
public final class DemoCommand implements Callable<Integer> {

  private static final String HOME = "dualtrack.home";
  private static final List<String> TENANTS = List.of("acme", "globex");
  private static final Duration DEADLINE = Duration.ofHours(24);
  private static final Duration COST_WAIT = Duration.ofMinutes(1);

  @Spec private CommandSpec spec;

  @Option(
      names = "--out",
      paramLabel = "DIR",
      description = "folder to leave the output files in (default: they are removed)")
  private Path out;

  @Option(names = "--json", description = "print the summary as one JSON object")
  private boolean json;

  @Override
  public Integer call() throws IOException {
    Path examples = Path.of(System.getProperty(HOME, ""), "examples");
    Path folder = Files.createTempDirectory("dualtrack-demo");
    StackOptions options = StackOptions.onFreePorts(folder.resolve("data"));
    LogFiles.ofStack(options.data());
    try (Interruption interruption = Interruption.open();
        TerminalProgress progress = new TerminalProgress(spec.commandLine().getErr())) {
      Path outputs = Files.createDirectories(out == null ? folder.resolve("out") : out);
      try (LocalStack stack = LocalStack.start(options, ShippedControl::publish, progress::say)) {
        return run(stack.address(), examples, outputs, progress);
      }
    } catch (UnusableFileException e) {
      return fail(Exit.USAGE, e.getMessage());
    } catch (StackLostException e) {
      return fail(Exit.STACK, e.getMessage());
    } catch (InterruptedException e) {
      return fail(Exit.STACK, "stopped");
    } finally {
      delete(folder);
    }
  }

  private int run(StackAddress stack, Path examples, Path outputs, TerminalProgress progress)
      throws UnusableFileException, StackLostException, InterruptedException, IOException {
    StackClient client = new StackClient(stack);
    RunSummary all = new RunSummary();
    for (String tenant : TENANTS) {
      BatchRun run =
          new BatchRun(
              stack,
              client.registry(),
              new RunOptions(
                  examples.resolve(tenant + ".jsonl"),
                  outputs.resolve(tenant + ".out.jsonl"),
                  Caller.ofTenant(tenant).key(),
                  DEADLINE,
                  COST_WAIT),
              progress);
      all.add(run.execute());
    }
    progress.close();
    PrintWriter terminal = spec.commandLine().getOut();
    if (json) {
      terminal.println(SummaryReport.json(all));
    } else {
      SummaryReport.print(all, terminal);
    }
    terminal.flush();
    return all.exactlyOneResultEach() ? Exit.DONE : Exit.INCOMPLETE;
  }

  private int fail(int code, String message) {
    spec.commandLine().getErr().println("dualtrack: " + message);
    spec.commandLine().getErr().flush();
    return code;
  }

  private static void delete(Path folder) throws IOException {
    Files.walkFileTree(
        folder,
        new SimpleFileVisitor<>() {
          @Override
          public FileVisitResult visitFile(Path file, BasicFileAttributes attributes)
              throws IOException {
            Files.deleteIfExists(file);
            return FileVisitResult.CONTINUE;
          }

          @Override
          public FileVisitResult postVisitDirectory(Path visited, IOException failure)
              throws IOException {
            Files.deleteIfExists(visited);
            return FileVisitResult.CONTINUE;
          }
        });
  }
}
