package io.dualtrack.bench;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.bench.PrefixReplay.Call;
import io.dualtrack.bench.PrefixReplay.Setup;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** How much of its prompts a lane's replicas need not compute again. */
@Command(
    name = "prefixes",
    mixinStandardHelpOptions = true,
    description = {
      "Replays a trace over replicas with a prefix cache each, as batch and as interactive traffic,",
      "with the dispatcher's own classes choosing which call goes where, beside calls in turn and",
      "one cache without a bound. A trace has one JSON object a line with timestamp (ms),",
      "input_length, output_length and hash_ids, as the Mooncake traces have."
    })
final class PrefixBench implements Callable<Integer> {

  private static final int CHARACTERS_PER_TOKEN = 4;
  private static final int MEBIBYTE = 1024 * 1024;

  @Spec private CommandSpec spec;

  @Parameters(paramLabel = "FILE", description = "the trace")
  private Path file;

  @Option(names = "--replicas", description = "default: ${DEFAULT-VALUE}")
  private int replicas = 4;

  @Option(names = "--blocks", description = "blocks a replica keeps (default: ${DEFAULT-VALUE})")
  private int blocks = 5_000;

  @Option(
      names = "--concurrency",
      description = "calls a replica works on at once (default: ${DEFAULT-VALUE})")
  private int concurrency = 16;

  @Option(
      names = "--pending",
      description = "orders a dispatcher takes at a time (default: ${DEFAULT-VALUE})")
  private int pending = 4_000;

  @Option(
      names = "--pending-mb",
      description = "and of how many megabytes (default: ${DEFAULT-VALUE})")
  private long pendingMb = 128;

  @Override
  public Integer call() throws IOException {
    List<Call> trace = read();
    Setup setup = new Setup(replicas, blocks, concurrency);
    double unbounded = PrefixReplay.unbounded(trace);
    System.err.printf("one cache without a bound: %.1f %% of the blocks%n", 100 * unbounded);
    PrefixReplay.Figures turns = print("in turn", PrefixReplay.roundRobin(trace, setup), unbounded);
    PrefixReplay.Figures batch =
        print("batch", PrefixReplay.batch(trace, setup, pending, pendingMb * MEBIBYTE), unbounded);
    PrefixReplay.Figures interactive =
        print(
            "interactive",
            PrefixReplay.interactive(trace, new Setup(replicas, blocks, 2 * concurrency)),
            unbounded);
    System.out.println(
        new Figures("prefixes")
            .put("calls", trace.size())
            .put("unbounded_hit_percent", 100 * unbounded)
            .put("in_turn_hit_percent", 100 * turns.hitRate())
            .put("batch_hit_percent", 100 * batch.hitRate())
            .put("batch_of_unbounded_percent", 100 * batch.hitRate() / unbounded)
            .put("batch_load_ratio", Math.max(batch.loadRatio(), batch.blockRatio()))
            .put("interactive_hit_percent", 100 * interactive.hitRate())
            .put("interactive_of_unbounded_percent", 100 * interactive.hitRate() / unbounded)
            .put(
                "interactive_load_ratio",
                Math.max(interactive.loadRatio(), interactive.blockRatio())));
    return 0;
  }

  private static PrefixReplay.Figures print(
      String name, PrefixReplay.Figures figures, double unbounded) {
    System.err.printf(
        "%s: %.1f %% of the blocks, %.1f %% of what one cache without a bound has;"
            + " busiest to least busy replica %.2f by calls, %.2f by blocks%n",
        name,
        100 * figures.hitRate(),
        100 * figures.hitRate() / unbounded,
        figures.loadRatio(),
        figures.blockRatio());
    return figures;
  }

  private List<Call> read() throws IOException {
    ObjectMapper json = new ObjectMapper();
    List<Call> trace = new ArrayList<>();
    try (BufferedReader lines = Files.newBufferedReader(file)) {
      int number = 0;
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        number++;
        JsonNode call = parse(json, line, number);
        long[] ids = new long[call.get("hash_ids").size()];
        for (int i = 0; i < ids.length; i++) {
          ids[i] = call.get("hash_ids").get(i).asLong();
        }
        trace.add(
            new Call(
                call.path("timestamp").asDouble() / 1_000,
                ids,
                call.path("output_length").asLong(),
                call.path("input_length").asLong() * CHARACTERS_PER_TOKEN));
      }
    }
    if (trace.isEmpty()) {
      throw new ParameterException(spec.commandLine(), file + " is empty");
    }
    return trace;
  }

  private JsonNode parse(ObjectMapper json, String line, int number) {
    try {
      JsonNode call = json.readTree(line);
      if (call.path("hash_ids").isArray()) {
        return call;
      }
    } catch (JsonProcessingException e) {
      throw new ParameterException(
          spec.commandLine(), "%s, line %d: not a JSON object".formatted(file, number), e);
    }
    throw new ParameterException(
        spec.commandLine(), "%s, line %d: no array hash_ids".formatted(file, number));
  }
}
