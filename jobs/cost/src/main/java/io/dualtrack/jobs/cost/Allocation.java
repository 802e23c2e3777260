package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CostAllocation;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.PriceProblem;
import io.dualtrack.schemas.PriceStatus;
import io.dualtrack.schemas.SavingKind;
import io.dualtrack.schemas.SelfHostedCost;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.prices.PriceBook;
import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Shares out what a month of an endpoint of our own cost over the tokens that it served, each token
 * alike. During the month its exchanges are charged by prices; at its close each gets the
 * difference, so that the charges of the month add up to its cost to the last digit.
 */
final class Allocation {

  private static final BigDecimal MILLION = BigDecimal.valueOf(1_000_000);
  private static final BigDecimal HUNDRED = BigDecimal.valueOf(100);

  private Allocation() {}

  /**
   * How the month stands.
   *
   * @param served the month's rollups of the offering; corrections of earlier months are not among
   *     them
   */
  static CostAllocation standing(SelfHostedCost cost, List<CostRollup> served, boolean isFinal) {
    long tokens = served.stream().mapToLong(Rollups::tokens).sum();
    BigDecimal total = total(cost);
    CostAllocation allocation = new CostAllocation();
    allocation.setHostingId(cost.getHostingId());
    allocation.setOffering(cost.getOffering());
    allocation.setMonth(cost.getMonth());
    allocation.setHardware(cost.getHardware());
    allocation.setLabour(cost.getLabour());
    allocation.setTokens(tokens);
    allocation.setCapacityTokens(cost.getCapacityTokens());
    allocation.setUtilisationPercent(
        cost.getCapacityTokens() <= 0
            ? null
            : HUNDRED
                .multiply(BigDecimal.valueOf(tokens))
                .divide(
                    BigDecimal.valueOf(cost.getCapacityTokens()),
                    PriceBook.SCALE,
                    RoundingMode.HALF_EVEN));
    allocation.setPerMillion(
        tokens <= 0
            ? null
            : total
                .multiply(MILLION)
                .divide(BigDecimal.valueOf(tokens), PriceBook.SCALE, RoundingMode.HALF_EVEN));
    allocation.setCharged(isFinal && tokens > 0 ? total : charged(served));
    allocation.setIsFinal(isFinal);
    return allocation;
  }

  /** The rows that make the month's charges equal to its cost; none where nothing was served. */
  static List<LedgerEntry> rows(SelfHostedCost cost, List<CostRollup> served) {
    List<CostRollup> shares = new ArrayList<>(served);
    shares.removeIf(rollup -> Rollups.tokens(rollup) <= 0);
    // Largest last: it takes what rounding leaves over.
    shares.sort(Comparator.comparingLong(Rollups::tokens).thenComparing(CostRollup::getRollupId));
    BigDecimal all = BigDecimal.valueOf(shares.stream().mapToLong(Rollups::tokens).sum());
    BigDecimal left = total(cost).subtract(charged(served));
    List<LedgerEntry> rows = new ArrayList<>();
    for (int i = 0; i < shares.size(); i++) {
      CostRollup share = shares.get(i);
      BigDecimal difference =
          i == shares.size() - 1
              ? left
              : total(cost)
                  .multiply(BigDecimal.valueOf(Rollups.tokens(share)))
                  .divide(all, PriceBook.SCALE, RoundingMode.HALF_EVEN)
                  .subtract(share.getCost());
      left = left.subtract(difference);
      if (difference.signum() != 0) {
        rows.add(row(cost, share, difference));
      }
    }
    return rows;
  }

  private static LedgerEntry row(SelfHostedCost cost, CostRollup share, BigDecimal amount) {
    YearMonth month = YearMonth.parse(cost.getMonth());
    Instant last = Controls.start(month.plusMonths(1)).minusMillis(1);
    String id = "allocation/" + cost.getHostingId() + "/" + share.getRollupId();
    LedgerEntry row = new LedgerEntry();
    row.setEntryId(id + "/" + TokenClass.ALLOCATION);
    row.setExchangeId(id);
    row.setRequestId("");
    row.setReplyKey("");
    row.setTenant(share.getTenant());
    row.setAccount(share.getAccount());
    row.setCostCentre(share.getCostCentre());
    row.setAt(last);
    row.setModel(share.getModel());
    row.setOffering(share.getOffering());
    row.setLane(share.getLane());
    row.setJurisdictions(
        share.getJurisdiction().isEmpty()
            ? List.of()
            : List.of(share.getJurisdiction().split("\\+")));
    row.setSource(AnswerSource.NONE);
    row.setTokenClass(TokenClass.ALLOCATION);
    row.setTokens(0);
    row.setPriceStatus(PriceStatus.PRICED);
    row.setPrice("allocation/" + cost.getHostingId());
    row.setCurrency(PriceBook.CURRENCY);
    row.setCost(amount);
    row.setSaved(amount.negate());
    row.setListCost(amount);
    row.setContractedCost(amount);
    row.setRowsOfExchange(1);
    row.setTier(share.getTier());
    row.setPricingCurrency(PriceBook.CURRENCY);
    row.setSavingKind(SavingKind.LOCAL_LANE);
    row.setProblem(PriceProblem.NONE);
    row.setChargeClass(share.getChargeClass());
    row.setBillingMonth(Controls.start(month));
    return row;
  }

  private static BigDecimal charged(List<CostRollup> served) {
    return served.stream().map(CostRollup::getCost).reduce(Ledger.ZERO, BigDecimal::add);
  }

  private static BigDecimal total(SelfHostedCost cost) {
    return cost.getHardware().add(cost.getLabour());
  }
}
