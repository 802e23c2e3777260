package io.dualtrack.local.command;

import io.dualtrack.local.prices.LiteLlmFile;
import io.dualtrack.local.prices.PriceImport;
import io.dualtrack.local.prices.PriceMap;
import io.dualtrack.local.prices.PriceSource;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.schemas.Offering;
import java.io.IOException;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** Which price file is meant, and which of its prices for which offerings. */
final class PriceFileOptions {

  @Parameters(
      index = "0",
      paramLabel = "FILE",
      description = "LiteLLM's model_prices_and_context_window.json")
  private Path file;

  @Option(
      names = "--offering",
      paramLabel = "ID",
      description = "only this offering; can be given several times (default: all)")
  private Set<String> offerings = new TreeSet<>();

  @Option(
      names = "--map",
      paramLabel = "FILE",
      description =
          "YAML with OFFERING: KEY, or OFFERING: {key: KEY, uplift: 1.1, factor: 3}; goes before"
              + " the offerings' price references")
  private Path map;

  @Option(
      names = "--unused",
      description = "also list the keys of the file that no offering refers to")
  private boolean unused;

  boolean unused() {
    return unused;
  }

  /** Something that was named is not there or cannot be read; the message says what. */
  static final class UnusableException extends Exception {
    private static final long serialVersionUID = 1L;

    UnusableException(String message) {
      super(message);
    }
  }

  PriceImport.Plan plan(ControlSet published, Instant from) throws UnusableException {
    LiteLlmFile prices;
    try {
      prices = LiteLlmFile.read(file);
    } catch (IOException e) {
      throw new UnusableException("%s cannot be used: %s".formatted(file, said(e)));
    }
    Map<String, PriceSource> sources;
    try {
      sources = map == null ? Map.of() : PriceMap.read(map);
    } catch (IOException e) {
      throw new UnusableException("%s cannot be used: %s".formatted(map, said(e)));
    }
    List<Offering> chosen =
        published.offerings().stream()
            .filter(each -> offerings.isEmpty() || offerings.contains(each.getId()))
            .toList();
    Set<String> unknown = new TreeSet<>(offerings);
    unknown.removeAll(chosen.stream().map(Offering::getId).collect(Collectors.toSet()));
    if (!unknown.isEmpty()) {
      throw new UnusableException(
          "no offering is called %s; correct the id, or apply the offering first"
              .formatted(String.join(", ", unknown)));
    }
    return PriceImport.plan(prices, chosen, sources, published.prices(), from);
  }

  private static String said(IOException e) {
    return e instanceof NoSuchFileException ? "it is not there" : e.getMessage();
  }
}
