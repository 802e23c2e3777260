package io.dualtrack.warehouse.reconciliation;

import com.fasterxml.jackson.core.JacksonException;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dualtrack.schemas.TokenClass;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/**
 * What a provider says of tokens and money, from saved pages of its reports. Amounts are taken as
 * decimal text, never as floating point.
 */
public final class ProviderBill {

  /** Whose reports can be read. */
  public enum Provider {
    OPENAI,
    ANTHROPIC
  }

  /** Money that is not for tokens of a model: searches, sessions, storage. */
  public record OtherCharge(LocalDate day, String what, BigDecimal cost) {}

  private static final JsonMapper JSON =
      JsonMapper.builder().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS).build();

  /** The date of a snapshot behind a model's name. */
  private static final Pattern SNAPSHOT = Pattern.compile("-(\\d{4}-\\d{2}-\\d{2}|\\d{8})$");

  private final SortedMap<BillKey, Amounts> lines = new TreeMap<>();
  private final List<OtherCharge> others = new ArrayList<>();
  private boolean hasTokens;
  private boolean hasCosts;
  private boolean lastUsagePage;
  private boolean lastCostPage;

  private ProviderBill() {}

  /**
   * Reads pages of usage and cost reports, in any order.
   *
   * @throws IOException if a file cannot be read or is no such page; the message names it and says
   *     where
   */
  public static ProviderBill read(Provider provider, List<Path> files) throws IOException {
    ProviderBill bill = new ProviderBill();
    for (Path file : files) {
      try {
        JsonNode page = JSON.readTree(Files.readString(file));
        if (page == null || !page.path("data").isArray()) {
          throw new IOException("it is no page of a report: no list 'data'");
        }
        switch (provider) {
          case OPENAI -> OpenAiReport.read(page, bill);
          case ANTHROPIC -> AnthropicReport.read(page, bill);
        }
      } catch (JacksonException e) {
        throw new IOException(
            "%s is not JSON: line %d: %s"
                .formatted(
                    file,
                    e.getLocation() == null ? 0 : e.getLocation().getLineNr(),
                    e.getOriginalMessage()),
            e);
      } catch (IOException | ArithmeticException e) {
        throw new IOException("%s: %s".formatted(file, e.getMessage()), e);
      }
    }
    return bill;
  }

  void usagePage(boolean last) {
    hasTokens = true;
    lastUsagePage |= last;
  }

  void costPage(boolean last) {
    hasCosts = true;
    lastCostPage |= last;
  }

  void tokens(BillKey key, long tokens) throws IOException {
    if (tokens < 0) {
      throw new IOException(
          "a negative count of tokens on %s for %s".formatted(key.day(), key.model()));
    }
    if (tokens > 0) {
      lines.merge(key, Amounts.NOTHING.plusTokens(tokens), (old, more) -> old.plusTokens(tokens));
    }
  }

  void cost(BillKey key, BigDecimal cost) {
    if (cost.signum() != 0) {
      lines.merge(key, Amounts.NOTHING.plusCost(cost), (old, more) -> old.plusCost(cost));
    }
  }

  void other(LocalDate day, String what, BigDecimal cost) {
    others.add(new OtherCharge(day, what, cost));
  }

  static BillKey key(LocalDate day, String model, TokenClass tokenClass, String tier) {
    return new BillKey(day, plainModel(model), tokenClass, tier);
  }

  static String plainModel(String model) {
    return SNAPSHOT.matcher(model).replaceFirst("");
  }

  static void requireDollars(String currency) throws IOException {
    if (!"usd".equalsIgnoreCase(currency)) {
      throw new IOException(
          "an amount in '%s'; only US dollars can be matched".formatted(currency));
    }
  }

  SortedMap<BillKey, Amounts> lines() {
    return lines;
  }

  public List<OtherCharge> others() {
    return List.copyOf(others);
  }

  /** Whether a usage report was among the files. */
  public boolean hasTokens() {
    return hasTokens;
  }

  /** Whether a cost report was among the files. */
  public boolean hasCosts() {
    return hasCosts;
  }

  /** Whether every kind of report that was given has its last page. */
  public boolean isWhole() {
    return (!hasTokens || lastUsagePage) && (!hasCosts || lastCostPage);
  }
}
