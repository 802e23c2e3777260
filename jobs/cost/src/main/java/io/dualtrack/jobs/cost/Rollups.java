package io.dualtrack.jobs.cost;

import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.PriceProblem;
import io.dualtrack.schemas.prices.PriceBook;
import java.math.BigDecimal;

/**
 * The arithmetic of rollups. A change of a rollup has the form of a rollup itself, with the
 * differences as its figures; a row that takes another one back has opposite figures already.
 *
 * <p>Token figures count what a provider billed, priced or not, so that they can be held against
 * its bill; unpricedTokens are those among them without a price. What came from the cache or was
 * joined shows in exchanges and saved only.
 */
final class Rollups {

  private Rollups() {}

  /** A rollup without figures. */
  static CostRollup empty(RollupKey key, Period period) {
    CostRollup rollup = new CostRollup();
    rollup.setRollupId(key.id(period));
    rollup.setPeriod(period);
    rollup.setPeriodStart(key.start(period));
    rollup.setTenant(key.tenant());
    rollup.setCostCentre(key.costCentre());
    rollup.setModel(key.model());
    rollup.setOffering(key.offering());
    rollup.setLane(key.lane());
    rollup.setJurisdiction(key.jurisdiction());
    rollup.setCurrency(key.currency());
    rollup.setAccount(key.account());
    rollup.setTier(key.tier());
    rollup.setPrice(key.price());
    rollup.setChargeClass(key.chargeClass());
    rollup.setBillingMonth(key.billingMonth());
    rollup.setShadow(key.shadow());
    rollup.setCost(Ledger.ZERO);
    rollup.setSaved(Ledger.ZERO);
    rollup.setListCost(Ledger.ZERO);
    rollup.setContractedCost(Ledger.ZERO);
    rollup.setSavedByCache(Ledger.ZERO);
    rollup.setSavedByJoining(Ledger.ZERO);
    rollup.setSavedByBatch(Ledger.ZERO);
    rollup.setSavedByLocal(Ledger.ZERO);
    rollup.setProvisionalCost(Ledger.ZERO);
    return rollup;
  }

  /**
   * Adds a row to a rollup.
   *
   * @throws ArithmeticException if a token figure leaves the range of a long
   */
  static void add(LedgerEntry row, CostRollup rollup) {
    rollup.setExchanges(rollup.getExchanges() + row.getExchanges());
    if (row.getCost() != null) {
      addMoney(row, rollup);
    }
    boolean billed =
        switch (row.getSource()) {
          case CACHE, JOINED -> false;
          case NONE, PROVIDER -> true;
        };
    if (!billed) {
      return;
    }
    PriceProblem problem = row.getProblem();
    int sign = row.getReverses() == null ? 1 : -1;
    if (problem == PriceProblem.NO_USAGE) {
      rollup.setInvalidRows(rollup.getInvalidRows() + sign);
      return;
    }
    if (problem == PriceProblem.INVALID_COUNT) {
      rollup.setInvalidRows(rollup.getInvalidRows() + sign);
      rollup.setUnpricedTokens(
          Math.addExact(rollup.getUnpricedTokens(), sign * magnitude(row.getTokens())));
      return;
    }
    if (problem != PriceProblem.NONE) {
      rollup.setUnpricedTokens(Math.addExact(rollup.getUnpricedTokens(), row.getTokens()));
    }
    addTokens(row, rollup);
  }

  private static void addMoney(LedgerEntry row, CostRollup rollup) {
    BigDecimal saved = row.getSaved();
    rollup.setCost(rollup.getCost().add(row.getCost()));
    rollup.setListCost(rollup.getListCost().add(row.getListCost()));
    rollup.setContractedCost(rollup.getContractedCost().add(row.getContractedCost()));
    if (row.getProvisional()) {
      rollup.setProvisionalCost(rollup.getProvisionalCost().add(row.getCost()));
    }
    if (saved.signum() == 0) {
      return;
    }
    rollup.setSaved(rollup.getSaved().add(saved));
    switch (row.getSavingKind()) {
      case NONE -> {}
      case CACHE_HIT -> rollup.setSavedByCache(rollup.getSavedByCache().add(saved));
      case JOINED -> rollup.setSavedByJoining(rollup.getSavedByJoining().add(saved));
      case BATCH_LANE -> rollup.setSavedByBatch(rollup.getSavedByBatch().add(saved));
      case LOCAL_LANE -> rollup.setSavedByLocal(rollup.getSavedByLocal().add(saved));
    }
  }

  private static void addTokens(LedgerEntry row, CostRollup rollup) {
    long n = row.getTokens();
    switch (row.getTokenClass()) {
      case NONE, ALLOCATION -> {}
      case UNCACHED_INPUT -> rollup.setUncachedInput(Math.addExact(rollup.getUncachedInput(), n));
      case CACHE_READ -> rollup.setCacheRead(Math.addExact(rollup.getCacheRead(), n));
      case CACHE_WRITE_5M, CACHE_WRITE_1H ->
          rollup.setCacheWrite(Math.addExact(rollup.getCacheWrite(), n));
      case OUTPUT -> rollup.setOutput(Math.addExact(rollup.getOutput(), n));
      case AUDIO_INPUT, AUDIO_CACHE_READ ->
          rollup.setAudioInput(Math.addExact(rollup.getAudioInput(), n));
      case AUDIO_OUTPUT -> rollup.setAudioOutput(Math.addExact(rollup.getAudioOutput(), n));
      case IMAGE_INPUT -> rollup.setImageInput(Math.addExact(rollup.getImageInput(), n));
      case IMAGE_OUTPUT -> rollup.setImageOutput(Math.addExact(rollup.getImageOutput(), n));
      case AUDIO_SECOND -> rollup.setAudioSeconds(Math.addExact(rollup.getAudioSeconds(), n));
      case MISMATCH -> rollup.setMismatchTokens(Math.addExact(rollup.getMismatchTokens(), n));
    }
  }

  /**
   * What a count out of range adds to the unpriced tokens: enough to be seen, never taking away
   * from others, and not so much that a sum could overflow.
   */
  private static long magnitude(long tokens) {
    return tokens < -PriceBook.MOST_TOKENS
        ? PriceBook.MOST_TOKENS
        : Math.min(Math.abs(tokens), PriceBook.MOST_TOKENS);
  }

  /** All tokens that were served, of every class. */
  static long tokens(CostRollup rollup) {
    return rollup.getUncachedInput()
        + rollup.getCacheRead()
        + rollup.getCacheWrite()
        + rollup.getOutput()
        + rollup.getAudioInput()
        + rollup.getAudioOutput()
        + rollup.getImageInput()
        + rollup.getImageOutput();
  }

  /**
   * Adds the figures of one rollup to another of the same id; the first is not changed.
   *
   * @throws ArithmeticException if a token figure leaves the range of a long
   */
  static void add(CostRollup change, CostRollup sum) {
    sum.setExchanges(Math.addExact(sum.getExchanges(), change.getExchanges()));
    sum.setUncachedInput(Math.addExact(sum.getUncachedInput(), change.getUncachedInput()));
    sum.setCacheRead(Math.addExact(sum.getCacheRead(), change.getCacheRead()));
    sum.setCacheWrite(Math.addExact(sum.getCacheWrite(), change.getCacheWrite()));
    sum.setOutput(Math.addExact(sum.getOutput(), change.getOutput()));
    sum.setUnpricedTokens(Math.addExact(sum.getUnpricedTokens(), change.getUnpricedTokens()));
    sum.setAudioInput(Math.addExact(sum.getAudioInput(), change.getAudioInput()));
    sum.setAudioOutput(Math.addExact(sum.getAudioOutput(), change.getAudioOutput()));
    sum.setImageInput(Math.addExact(sum.getImageInput(), change.getImageInput()));
    sum.setImageOutput(Math.addExact(sum.getImageOutput(), change.getImageOutput()));
    sum.setAudioSeconds(Math.addExact(sum.getAudioSeconds(), change.getAudioSeconds()));
    sum.setMismatchTokens(Math.addExact(sum.getMismatchTokens(), change.getMismatchTokens()));
    sum.setInvalidRows(Math.addExact(sum.getInvalidRows(), change.getInvalidRows()));
    sum.setCost(sum.getCost().add(change.getCost()));
    sum.setSaved(sum.getSaved().add(change.getSaved()));
    sum.setListCost(sum.getListCost().add(change.getListCost()));
    sum.setContractedCost(sum.getContractedCost().add(change.getContractedCost()));
    sum.setSavedByCache(sum.getSavedByCache().add(change.getSavedByCache()));
    sum.setSavedByJoining(sum.getSavedByJoining().add(change.getSavedByJoining()));
    sum.setSavedByBatch(sum.getSavedByBatch().add(change.getSavedByBatch()));
    sum.setSavedByLocal(sum.getSavedByLocal().add(change.getSavedByLocal()));
    sum.setProvisionalCost(sum.getProvisionalCost().add(change.getProvisionalCost()));
  }
}
