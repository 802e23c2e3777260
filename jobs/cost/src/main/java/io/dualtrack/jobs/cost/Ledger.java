package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BookedRow;
import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceProblem;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.SavingKind;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Usage;
import io.dualtrack.schemas.prices.PriceBook;
import io.dualtrack.schemas.prices.PriceBook.Terms;
import io.dualtrack.schemas.prices.Quote;
import io.dualtrack.schemas.prices.UsageClasses;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;

/**
 * From exchanges to ledger rows: one row per exchange and token class that was used, and one row of
 * class NONE for an exchange that used nothing.
 */
final class Ledger {

  private static final String STANDARD = "standard";
  private static final String BATCH = "batch";
  private static final TokenClass[] CLASSES = TokenClass.values();

  /** Zero at the scale of all money here. */
  static final BigDecimal ZERO = BigDecimal.ZERO.setScale(PriceBook.SCALE);

  private Ledger() {}

  /**
   * The rows of an exchange under the controls of now.
   *
   * @param revision of every row
   */
  static List<BookedRow> price(Exchange exchange, Controls controls, int revision) {
    List<BookedRow> rows = new ArrayList<>(4);
    Usage usage = exchange.getUsage();
    if (usage != null) {
      Pricing pricing = new Pricing(exchange, usage, controls);
      for (TokenClass tokenClass : CLASSES) {
        long tokens = UsageClasses.tokens(usage, tokenClass);
        if (tokens != 0) {
          rows.add(pricing.row(tokenClass, tokens));
        }
      }
    }
    if (rows.isEmpty()) {
      rows.add(nothingUsed(exchange));
    }
    bill(rows, exchange, controls, revision);
    return rows;
  }

  /** Puts rows into the month that bills them now. */
  static void bill(List<BookedRow> rows, Exchange exchange, Controls controls, int revision) {
    Controls.Billing billing = controls.billing(exchange.getAt());
    Instant start = billing.start();
    ChargeClass charge = billing.charge();
    for (BookedRow row : rows) {
      row.setRevision(revision);
      row.setBillingMonth(start);
      row.setChargeClass(charge);
    }
  }

  /**
   * Free, but for a call of which the provider did not say what it used: an answer without usage,
   * or one that was broken off because nobody waited for it any more.
   */
  private static BookedRow nothingUsed(Exchange exchange) {
    boolean unknown = exchange.getSource() == AnswerSource.PROVIDER && exchange.getUsage() == null;
    BookedRow row = blank(TokenClass.NONE, 0);
    if (unknown) {
      row.setProblem(PriceProblem.NO_USAGE);
    } else {
      row.setListCost(ZERO);
      row.setContractedCost(ZERO);
      row.setCost(ZERO);
      row.setSaved(ZERO);
    }
    return row;
  }

  private static BookedRow blank(TokenClass tokenClass, long tokens) {
    BookedRow row = new BookedRow();
    row.setTokenClass(tokenClass);
    row.setTokens(tokens);
    row.setProblem(PriceProblem.NONE);
    row.setSavingKind(SavingKind.NONE);
    return row;
  }

  /** Whether a record that is published later could price the row. */
  static boolean isCurable(BookedRow row) {
    return row.getProblem() == PriceProblem.NO_PRICE
        || row.getProblem() == PriceProblem.NO_RATE
        || row.getProblem() == PriceProblem.NO_CURRENCY_RATE;
  }

  /** Whether two rows of the same exchange and class say the same of its money. */
  static boolean sameMoney(BookedRow one, BookedRow other) {
    return one.getTokens() == other.getTokens()
        && one.getProblem() == other.getProblem()
        && one.getSavingKind() == other.getSavingKind()
        && equal(one.getPrice(), other.getPrice())
        && equal(one.getListPerToken(), other.getListPerToken())
        && equal(one.getCurrencyRate(), other.getCurrencyRate())
        && equal(one.getListCost(), other.getListCost())
        && equal(one.getContractedCost(), other.getContractedCost())
        && equal(one.getCost(), other.getCost())
        && equal(one.getSaved(), other.getSaved());
  }

  private static boolean equal(Object one, Object other) {
    return one == null ? other == null : one.equals(other);
  }

  /**
   * A row as it is written.
   *
   * @param first whether the row counts its exchange
   * @param rows of the exchange in all
   */
  static LedgerEntry entry(Exchange exchange, BookedRow row, boolean first, int rows) {
    LedgerEntry entry = new LedgerEntry();
    entry.setEntryId(id(exchange, row, ""));
    entry.setExchangeId(exchange.getExchangeId());
    entry.setRequestId(exchange.getRequestId());
    entry.setReplyKey(exchange.getReplyKey());
    entry.setTenant(exchange.getTenant());
    entry.setAccount(exchange.getAccount());
    entry.setCostCentre(exchange.getCostCentre());
    entry.setAt(exchange.getAt());
    entry.setModel(exchange.getModel());
    entry.setOffering(exchange.getOffering());
    entry.setLane(exchange.getLane());
    entry.setJurisdictions(exchange.getJurisdictions());
    entry.setSource(exchange.getSource());
    entry.setTokenClass(row.getTokenClass());
    entry.setTokens(row.getTokens());
    entry.setPriceStatus(
        row.getProblem() == PriceProblem.NONE ? PriceStatus.PRICED : PriceStatus.UNPRICED);
    entry.setPrice(row.getPrice());
    entry.setCurrency(PriceBook.CURRENCY);
    entry.setCost(row.getCost());
    entry.setSaved(row.getSaved());
    entry.setRowsOfExchange(rows);
    entry.setTier(exchange.getTier());
    entry.setListCost(row.getListCost());
    entry.setContractedCost(row.getContractedCost());
    entry.setListPerToken(row.getListPerToken());
    entry.setPricingCurrency(row.getPricingCurrency());
    entry.setCurrencyRate(row.getCurrencyRate());
    entry.setSavingKind(row.getSavingKind());
    entry.setProblem(row.getProblem());
    entry.setChargeClass(row.getChargeClass());
    entry.setBillingMonth(row.getBillingMonth());
    entry.setRevision(row.getRevision());
    entry.setProvisional(row.getProvisional());
    entry.setShadow(exchange.getShadow());
    entry.setExchanges(first ? 1 : 0);
    return entry;
  }

  /**
   * The row that takes another one back.
   *
   * @param written the row in force
   * @param by the row that comes in its place; it tells the month that bills both
   */
  static LedgerEntry reversal(
      Exchange exchange, BookedRow written, BookedRow by, boolean first, int rows) {
    LedgerEntry entry = entry(exchange, written, first, rows);
    entry.setReverses(entry.getEntryId());
    entry.setEntryId(
        exchange.getExchangeId() + "/" + written.getTokenClass() + "/" + by.getRevision() + "-");
    entry.setTokens(written.getTokens() == Long.MIN_VALUE ? Long.MAX_VALUE : -written.getTokens());
    entry.setCost(negated(written.getCost()));
    entry.setSaved(negated(written.getSaved()));
    entry.setListCost(negated(written.getListCost()));
    entry.setContractedCost(negated(written.getContractedCost()));
    entry.setExchanges(first ? -1 : 0);
    entry.setRevision(by.getRevision());
    entry.setBillingMonth(by.getBillingMonth());
    entry.setChargeClass(by.getChargeClass());
    return entry;
  }

  private static String id(Exchange exchange, BookedRow row, String end) {
    String id = exchange.getExchangeId() + "/" + row.getTokenClass();
    return row.getRevision() == 0 ? id : id + "/" + row.getRevision() + end;
  }

  private static BigDecimal negated(BigDecimal amount) {
    return amount == null ? null : amount.negate();
  }

  /** The prices of one exchange. */
  private static final class Pricing {

    private final Exchange exchange;
    private final Terms terms;

    /** What the saving is held against; null where the exchange's own price is what was saved. */
    private final Terms instead;

    private final SavingKind kind;
    private final BigDecimal discount;
    private final boolean provisional;

    Pricing(Exchange exchange, Usage usage, Controls controls) {
      this.exchange = exchange;
      PriceBook prices = controls.pricesFor(exchange);
      long input = UsageClasses.input(usage);
      Instant at = exchange.getAt();
      String offering = exchange.getOffering();
      terms = prices.terms(offering, exchange.getTier(), input, at);
      discount = controls.discount(exchange);
      provisional = controls.isHosted(offering, at);
      kind = kind(exchange);
      instead =
          switch (kind) {
            case BATCH_LANE -> prices.terms(offering, STANDARD, input, at);
            case LOCAL_LANE ->
                prices.referenceTerms(exchange.getModel(), exchange.getTier(), input, at);
            case NONE, CACHE_HIT, JOINED -> null;
          };
    }

    BookedRow row(TokenClass tokenClass, long tokens) {
      BookedRow row = blank(tokenClass, tokens);
      Quote quote = terms.quote(tokenClass, tokens);
      if (quote instanceof Quote.Unpriced unpriced) {
        row.setProblem(unpriced.problem());
        return row;
      }
      Quote.Priced priced = (Quote.Priced) quote;
      row.setPrice(priced.price());
      row.setPricingCurrency(priced.pricingCurrency());
      row.setCurrencyRate(priced.currencyRate());
      row.setListPerToken(priced.perToken());
      row.setSavingKind(kind);
      BigDecimal contracted = contracted(priced.amount());
      if (kind == SavingKind.CACHE_HIT || kind == SavingKind.JOINED) {
        row.setListCost(ZERO);
        row.setContractedCost(ZERO);
        row.setCost(ZERO);
        row.setSaved(contracted);
        return row;
      }
      BigDecimal owed = exchange.getShadow() ? ZERO : contracted;
      row.setListCost(priced.amount());
      row.setContractedCost(contracted);
      row.setCost(owed);
      row.setSaved(ZERO);
      row.setProvisional(provisional);
      if (instead != null
          && instead.quote(tokenClass, tokens) instanceof Quote.Priced other
          && !exchange.getShadow()) {
        BigDecimal otherwise =
            kind == SavingKind.BATCH_LANE ? contracted(other.amount()) : other.amount();
        row.setSaved(otherwise.subtract(owed));
      } else {
        row.setSavingKind(SavingKind.NONE);
      }
      return row;
    }

    private BigDecimal contracted(BigDecimal list) {
      return discount == null
          ? list
          : list.multiply(discount).setScale(PriceBook.SCALE, RoundingMode.HALF_EVEN);
    }

    private static SavingKind kind(Exchange exchange) {
      return switch (exchange.getSource()) {
        case CACHE -> SavingKind.CACHE_HIT;
        case JOINED -> SavingKind.JOINED;
        case NONE, PROVIDER -> {
          if (exchange.getLane() == Lane.LOCAL) {
            yield SavingKind.LOCAL_LANE;
          }
          yield exchange.getTier().equals(BATCH) ? SavingKind.BATCH_LANE : SavingKind.NONE;
        }
      };
    }
  }
}
