package io.dualtrack.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

class PerformanceTableTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  /** Those that make input for others, judge detection, or replay a trace that has to be named. */
  private static final Set<String> NO_RUNS =
      Set.of("all", "abuse-evaluation", "abuse-log", "abuse-score", "console-load", "prefixes");

  @Test
  void whatWasMeasuredStandsBesideTheSameWithoutThePipeline() throws Exception {
    String line =
        "{\"name\":\"cost\",\"exchanges_per_second\":57645.59,\"bare_per_second\":104125.54}";

    assertThat(PerformanceTable.text(List.of(JSON.readTree(line))))
        .contains(" | 57,646 | 104,126 | 0.55 |\n")
        .endsWith("```\n" + line + "\n```\n");
  }

  @Test
  void whatWasNotMeasuredHasNoRow() throws Exception {
    List<JsonNode> lines =
        List.of(
            JSON.readTree("{\"name\":\"cost\",\"exchanges_per_second\":1}"),
            JSON.readTree("{\"name\":\"startup\",\"empty_seconds\":7.5}"));

    assertThat(PerformanceTable.text(lines)).doesNotContain("| cost |").contains("startup");
  }

  @Test
  void nothingToCompareWithIsNoRatio() throws Exception {
    String line = "{\"name\":\"interactive\",\"p50_ms\":40.25,\"direct_p50_ms\":0.00}";

    assertThat(PerformanceTable.text(List.of(JSON.readTree(line))))
        .contains(" | 40.25 | 0.00 | – |\n");
  }

  @Test
  void eachBenchmarkThatNeedsNoInputIsAmongAll() {
    Set<String> known = new TreeSet<>(AllBench.ORDER);
    known.addAll(NO_RUNS);

    assertThat(new CommandLine(Bench.class, new Factory()).getSubcommands().keySet())
        .isEqualTo(known);
  }

  /** The class of all benchmarks makes itself only where it is the program. */
  private static final class Factory implements CommandLine.IFactory {
    @Override
    public <K> K create(Class<K> type) throws Exception {
      var constructor = type.getDeclaredConstructor();
      constructor.setAccessible(true);
      return constructor.newInstance();
    }
  }
}
