package io.dualtrack.local.command;

import io.dualtrack.local.prices.PriceRecords;
import io.dualtrack.local.prices.RateChange;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.schemas.TokenClass;
import java.io.PrintWriter;
import java.math.BigDecimal;
import java.time.LocalDate;
import java.time.ZoneOffset;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.apache.kafka.common.errors.ProducerFencedException;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** Sets one rate. */
@Command(
    name = "set",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description =
        "Sets the price of one token class of an offering from a day on; its other rates stay as"
            + " they are in force on that day.",
    exitCodeOnExecutionException = Exit.STACK,
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:published, or it was the price already",
      "1:another control command came in between; nothing was published",
      "2:wrong usage, or an offering without a price that day",
      "3:no stack answers"
    })
final class PricesSetCommand implements Callable<Integer> {

  private static final int MILLION = 6;
  private static final int SCALE = 18;
  private static final List<String> TIERS = List.of("standard", "batch", "flex", "priority");
  private static final List<TokenClass> NOT_SOLD = List.of(TokenClass.NONE);

  @Spec private CommandSpec spec;

  @Parameters(index = "0", paramLabel = "OFFERING", description = "id of the offering")
  private String offering;

  @Parameters(
      index = "1",
      paramLabel = "CLASS",
      description = "uncached_input, cache_read, cache_write_5m, cache_write_1h, output, …")
  private String tokenClass;

  @Parameters(
      index = "2",
      paramLabel = "PRICE",
      description = "for a million tokens, in the currency of the offering's price: 2.50")
  private BigDecimal price;

  @Option(
      names = "--from",
      required = true,
      paramLabel = "DATE",
      description = "first day of the price, UTC")
  private LocalDate from;

  @Option(
      names = "--tier",
      paramLabel = "TIER",
      description = "standard, batch, flex or priority (default: ${DEFAULT-VALUE})")
  private String tier = "standard";

  @Option(
      names = "--above",
      paramLabel = "TOKENS",
      description = "only where the whole input has more tokens than this")
  private long above;

  @Mixin private StackOption stack;

  @Mixin private PersonOption person;

  @Override
  public Integer call() {
    PrintWriter err = spec.commandLine().getErr();
    RateChange rate = rate();
    ControlTopics control = stack.connect().control();
    ControlSet published = control.read();
    if (published.offerings().stream().noneMatch(each -> each.getId().equals(offering))) {
      err.println(
          "dualtrack: no offering is called %s; correct the id, or apply the offering first"
              .formatted(offering));
      return Exit.USAGE;
    }
    Optional<PriceRecords.Amended> amended =
        PriceRecords.amend(published.prices(), rate, from.atStartOfDay(ZoneOffset.UTC).toInstant());
    if (amended.isEmpty()) {
      err.println(
          "dualtrack: %s has no price on %s that one rate could be set in; import or apply a whole one"
              .formatted(offering, from));
      return Exit.USAGE;
    }
    return publish(control, amended.get());
  }

  private int publish(ControlTopics control, PriceRecords.Amended amended) {
    PrintWriter out = spec.commandLine().getOut();
    if (amended.changes().isEmpty()) {
      out.println("%s has this price on %s already".formatted(offering, from));
      out.flush();
      return Exit.DONE;
    }
    try {
      control.publishPrices(List.of(amended.price()), person.name());
    } catch (ProducerFencedException e) {
      spec.commandLine()
          .getErr()
          .println(
              "dualtrack: another control command came in between, nothing was published; try again");
      return Exit.INCOMPLETE;
    }
    PriceReport.changes(amended.changes(), out);
    out.println(
        "published %s version %s"
            .formatted(amended.price().getPriceId(), amended.price().getVersion()));
    amended
        .takenOverAt()
        .ifPresent(later -> out.println("a price published earlier takes over at " + later));
    out.flush();
    return Exit.DONE;
  }

  private RateChange rate() {
    BigDecimal perToken = price.movePointLeft(MILLION).stripTrailingZeros();
    if (perToken.signum() < 0 || perToken.scale() > SCALE) {
      throw new ParameterException(
          spec.commandLine(),
          "the price must be zero or more, with at most %d decimals".formatted(SCALE - MILLION));
    }
    if (!TIERS.contains(tier)) {
      throw new ParameterException(
          spec.commandLine(), "--tier must be one of " + String.join(", ", TIERS));
    }
    if (above < 0) {
      throw new ParameterException(spec.commandLine(), "--above must be 0 or more");
    }
    String wanted = tokenClass.toUpperCase(Locale.ROOT).replace('-', '_');
    List<TokenClass> sold =
        Arrays.stream(TokenClass.values()).filter(each -> !NOT_SOLD.contains(each)).toList();
    TokenClass found =
        sold.stream()
            .filter(each -> each.name().equals(wanted))
            .findFirst()
            .orElseThrow(
                () ->
                    new ParameterException(
                        spec.commandLine(),
                        "CLASS must be one of "
                            + sold.stream()
                                .map(each -> each.name().toLowerCase(Locale.ROOT))
                                .collect(Collectors.joining(", "))));
    return new RateChange(offering, found, tier, above, null, perToken);
  }
}
