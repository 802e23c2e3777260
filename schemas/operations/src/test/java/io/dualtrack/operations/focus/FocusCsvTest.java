package io.dualtrack.operations.focus;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.ChargeClass;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.TokenClass;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.YearMonth;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;

class FocusCsvTest {

  private static final YearMonth JUNE = YearMonth.of(2026, 6);
  private static final String LISTING = "docs/focus-1.2-rules.md";

  @Test
  void theExportKeepsEveryRuleThatApplies() throws IOException {
    SortedMap<String, FocusRules.Verdict> verdicts = new FocusRules().judge(export());

    assertThat(verdicts).hasSize(621);
    assertThat(verdicts.entrySet())
        .filteredOn(verdict -> verdict.getValue() instanceof FocusRules.Verdict.Broken)
        .isEmpty();
    assertThat(verdicts.values())
        .filteredOn(verdict -> verdict instanceof FocusRules.Verdict.Kept)
        .hasSizeGreaterThan(120);
  }

  @Test
  void theDocumentationListsTheRulesThatDoNotApply() throws IOException {
    Path root = Path.of(System.getProperty("basedir", "schemas/operations")).resolve("../..");

    assertThat(Files.readString(root.resolve(LISTING)))
        .as("%s has to be what FocusCsvTest.listing() says", LISTING)
        .isEqualTo(listing(new FocusRules().judge(export())));
  }

  @Test
  void aRowThatBreaksARuleIsFound() throws IOException {
    List<Map<String, String>> rows = export();
    rows.get(0).put("BilledCost", "$5");
    rows.get(1).put("ListUnitPrice", "7");

    SortedMap<String, FocusRules.Verdict> verdicts = new FocusRules().judge(rows);

    assertThat(verdicts.get("BilledCost-C-002-M")).isInstanceOf(FocusRules.Verdict.Broken.class);
    assertThat(verdicts.get("ListCost-C-009-C")).isInstanceOf(FocusRules.Verdict.Broken.class);
  }

  @Test
  void chargesAddUpToTheLedgerToTheLastDigit() throws IOException {
    BigDecimal ledger =
        ledger().stream()
            .filter(row -> row.getCost() != null)
            .map(LedgerEntry::getCost)
            .reduce(BigDecimal.ZERO, BigDecimal::add);

    BigDecimal exported =
        export().stream()
            .map(row -> new BigDecimal(row.get("BilledCost")))
            .reduce(BigDecimal.ZERO, BigDecimal::add);

    assertThat(exported).isEqualByComparingTo(ledger);
  }

  @Test
  void lateUsageOfAClosedMonthIsACorrectionWithItsOwnDay() throws IOException {
    assertThat(export())
        .filteredOn(row -> row.get("ChargeClass") != null)
        .singleElement()
        .satisfies(
            row -> {
              assertThat(row).containsEntry("ChargeClass", "Correction");
              assertThat(row).containsEntry("ChargePeriodStart", "2026-05-30T00:00:00Z");
              assertThat(row).containsEntry("BillingPeriodStart", "2026-06-01T00:00:00Z");
            });
  }

  @Test
  void tokensWithoutAPriceAreMarkedAndCounted() throws IOException {
    assertThat(export())
        .filteredOn(row -> row.get("x_PriceStatus").equals("Unpriced"))
        .singleElement()
        .satisfies(row -> assertThat(row).containsEntry("ConsumedQuantity", "777"));
    FocusSums sums = new FocusSums(JUNE);
    ledger().forEach(sums::add);
    assertThat(sums.unpricedTokens()).isEqualTo(777);
  }

  @Test
  void whatWasTakenBackInsideTheMonthLeavesNoRow() throws IOException {
    LedgerEntry row = priced("x", TokenClass.OUTPUT, 500, "30");
    LedgerEntry back = priced("x", TokenClass.OUTPUT, 500, "30");
    back.setTokens(-row.getTokens());
    back.setCost(row.getCost().negate());
    back.setListCost(row.getListCost().negate());
    back.setContractedCost(row.getContractedCost().negate());
    LedgerEntry again = priced("x", TokenClass.OUTPUT, 500, "20");

    assertThat(export(List.of(row, back, again), FocusVersion.V1_2))
        .singleElement()
        .satisfies(charge -> assertThat(charge).containsEntry("BilledCost", "0.01"));
  }

  @Test
  void version14HasItsOwnNames() throws IOException {
    Map<String, String> row = export(ledger(), FocusVersion.V1_4).get(0);

    assertThat(row)
        .containsKeys("ServiceProviderName", "HostProviderName")
        .doesNotContainKeys("ProviderName", "PublisherName");
  }

  /** The rules that were not tried, by reason, for people. */
  static String listing(SortedMap<String, FocusRules.Verdict> verdicts) {
    SortedMap<String, List<String>> byReason = new TreeMap<>();
    long kept = 0;
    for (Map.Entry<String, FocusRules.Verdict> verdict : verdicts.entrySet()) {
      if (verdict.getValue() instanceof FocusRules.Verdict.NotApplicable not) {
        byReason.computeIfAbsent(not.reason(), reason -> new ArrayList<>()).add(verdict.getKey());
      } else {
        kept++;
      }
    }
    StringBuilder text = new StringBuilder("# FOCUS 1.2: the rules and the export\n\n");
    text.append(
        "The model has %d rules. The export is held against %d of them in `FocusCsvTest` and keeps all; the others, and why:\n"
            .formatted(verdicts.size(), kept));
    byReason.forEach(
        (reason, ids) ->
            text.append("\n## %s (%d)\n\n".formatted(reason, ids.size()))
                .append(ids.stream().collect(Collectors.joining(", ")))
                .append('\n'));
    return text.toString();
  }

  static List<Map<String, String>> export() throws IOException {
    return export(ledger(), FocusVersion.V1_2);
  }

  private static List<Map<String, String>> export(List<LedgerEntry> rows, FocusVersion version)
      throws IOException {
    FocusSums sums = new FocusSums(JUNE);
    rows.forEach(sums::add);
    StringBuilder csv = new StringBuilder();
    new FocusCsv(version, "example-corp", offering -> offering.split("-")[0]).write(sums, csv);
    return parse(csv.toString());
  }

  /** A month with everything that a month can have. */
  private static List<LedgerEntry> ledger() {
    List<LedgerEntry> rows = new ArrayList<>();
    rows.add(priced("a", TokenClass.UNCACHED_INPUT, 1_234_567, "5.5"));
    rows.add(priced("a", TokenClass.OUTPUT, 7_654_321, "33"));
    rows.add(priced("b", TokenClass.CACHE_READ, 1, "0.000000000001"));
    LedgerEntry batch = priced("c", TokenClass.OUTPUT, 1000, "16.5");
    batch.setTier("batch");
    batch.setCostCentre(null);
    batch.setJurisdictions(List.of());
    rows.add(batch);
    LedgerEntry discounted = priced("d", TokenClass.CACHE_WRITE_1H, 3_000_001, "10");
    discounted.setContractedCost(
        discounted.getListCost().multiply(new BigDecimal("0.85")).setScale(18));
    discounted.setCost(discounted.getContractedCost());
    rows.add(discounted);
    LedgerEntry yuan =
        Rows.priced(
            "e", "2026-06-09T01:00:00Z", "moonshot-kimi-cn", TokenClass.OUTPUT, 250_000, "2.8");
    yuan.setPricingCurrency("CNY");
    yuan.setCurrencyRate(new BigDecimal("0.140000000000000000"));
    yuan.setListPerToken(new BigDecimal("0.000020000000000000"));
    rows.add(yuan);
    LedgerEntry late =
        Rows.priced("f", "2026-05-30T23:00:00Z", "openai-sol-eu", TokenClass.OUTPUT, 90, "33");
    late.setBillingMonth(Instant.parse("2026-06-01T00:00:00Z"));
    late.setChargeClass(ChargeClass.CORRECTION);
    rows.add(late);
    rows.add(Rows.unpriced("g", "2026-06-02T00:00:00Z", "openai-new-eu", TokenClass.OUTPUT, 777));
    LedgerEntry allocation =
        Rows.priced("h", "2026-06-30T23:59:59Z", "local-llama-eu", TokenClass.ALLOCATION, 0, "1");
    allocation.setCost(new BigDecimal("412.500000000000000000"));
    allocation.setListCost(allocation.getCost());
    allocation.setContractedCost(allocation.getCost());
    allocation.setListPerToken(null);
    rows.add(allocation);
    LedgerEntry joined = priced("i", TokenClass.OUTPUT, 1000, "0");
    joined.setSource(AnswerSource.JOINED);
    rows.add(joined);
    rows.add(priced("j", TokenClass.NONE, 0, "0"));
    return rows;
  }

  private static LedgerEntry priced(
      String exchange, TokenClass tokenClass, long tokens, String perMillion) {
    return Rows.priced(
        exchange, "2026-06-07T12:00:00Z", "openai-sol-eu", tokenClass, tokens, perMillion);
  }

  /** Rows by column; an empty field is a null. */
  private static List<Map<String, String>> parse(String csv) {
    List<Map<String, String>> rows = new ArrayList<>();
    List<String> head = null;
    for (String line : csv.split("\r\n")) {
      List<String> fields = fields(line);
      if (head == null) {
        head = fields;
        continue;
      }
      assertThat(fields).hasSameSizeAs(head);
      Map<String, String> row = new LinkedHashMap<>();
      for (int i = 0; i < head.size(); i++) {
        row.put(head.get(i), fields.get(i).isEmpty() ? null : fields.get(i));
      }
      rows.add(row);
    }
    return rows;
  }

  private static List<String> fields(String line) {
    List<String> fields = new ArrayList<>();
    StringBuilder field = new StringBuilder();
    boolean quoted = false;
    for (int i = 0; i < line.length(); i++) {
      char c = line.charAt(i);
      if (c == '"' && quoted && i + 1 < line.length() && line.charAt(i + 1) == '"') {
        field.append(c);
        i++;
      } else if (c == '"') {
        quoted = !quoted;
      } else if (c == ',' && !quoted) {
        fields.add(field.toString());
        field.setLength(0);
      } else {
        field.append(c);
      }
    }
    fields.add(field.toString());
    return fields;
  }
}
