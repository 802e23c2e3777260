package io.dualtrack.warehouse.reconciliation;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.LedgerEntry;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.warehouse.Rows;
import io.dualtrack.warehouse.reconciliation.ProviderBill.Provider;
import java.io.IOException;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.LocalDate;
import java.time.YearMonth;
import java.time.ZoneOffset;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ReconciliationTest {

  private static final YearMonth JUNE = YearMonth.of(2026, 6);
  private static final LocalDate MISSING = LocalDate.of(2026, 6, 14);
  private static final ObjectMapper JSON = new ObjectMapper();

  @TempDir private Path folder;

  @Test
  void aPlantedPriceErrorAndAPlantedMissingDayAreToldApart() throws IOException {
    Reconciliation.Result result =
        reconcile(
            month(),
            ProviderBill.read(
                Provider.OPENAI, List.of(openAiUsage(MISSING), openAiCosts("1.085", MISSING))));

    assertThat(result.daysMissingInBill()).containsExactly(MISSING);
    assertThat(result.daysMissingInLedger()).isEmpty();
    assertThat(result.onlyLedger()).isEmpty();
    assertThat(result.onlyBill()).isEmpty();
    assertThat(result.tokenVariance()).isEqualByComparingTo("0");
    assertThat(result.priceGaps())
        .singleElement()
        .satisfies(
            gap -> {
              assertThat(gap.model()).isEqualTo("gpt-5.6-sol");
              assertThat(gap.tokenClass()).isEqualTo(TokenClass.OUTPUT);
              assertThat(gap.days()).isEqualTo(29);
              assertThat(gap.percent()).isEqualByComparingTo("8.50");
            });
    // 29 days × 2,000,000 tokens × $30 a million × 8.5%.
    assertThat(result.priceVariance()).isEqualByComparingTo("147.90");
    assertThat(result.onlyLedgerTotal()).isEqualByComparingTo("110.00");
    assertThat(result.billTotal())
        .isEqualByComparingTo(
            result
                .ledgerTotal()
                .add(result.tokenVariance())
                .add(result.priceVariance())
                .subtract(result.onlyLedgerTotal())
                .add(result.onlyBillTotal()));
  }

  @Test
  void aBillThatIsRightAgreesOnEveryLine() throws IOException {
    Reconciliation.Result result =
        reconcile(
            month(),
            ProviderBill.read(Provider.OPENAI, List.of(openAiUsage(null), openAiCosts("1", null))));

    assertThat(result.agrees()).isTrue();
    assertThat(result.agreed()).isEqualTo(60);
  }

  @Test
  void tokensThatTheLedgerDoesNotKnowAreATokenVarianceAndNoPriceVariance() throws IOException {
    List<LedgerEntry> rows = month();
    // A tenth of one day's output never reached the ledger.
    rows.removeIf(row -> row.getEntryId().equals("e-2026-06-03/OUTPUT"));
    rows.add(row("e-2026-06-03", "2026-06-03", TokenClass.OUTPUT, 1_800_000, "30"));

    Reconciliation.Result result =
        reconcile(
            rows,
            ProviderBill.read(Provider.OPENAI, List.of(openAiUsage(null), openAiCosts("1", null))));

    assertThat(result.different()).hasSize(1);
    assertThat(result.tokenVariance()).isEqualByComparingTo("6.00");
    assertThat(result.priceVariance()).isEqualByComparingTo("0");
    assertThat(result.priceGaps()).isEmpty();
  }

  @Test
  void anthropicsAmountsAreCentsAsDecimalText() throws IOException {
    Path usage =
        write(
            "usage.json",
            """
            {"data": [{"starting_at": "2026-06-01T00:00:00Z", "ending_at": "2026-06-02T00:00:00Z",
              "results": [{"uncached_input_tokens": 1000000, "cache_creation":
                {"ephemeral_1h_input_tokens": 200000, "ephemeral_5m_input_tokens": 100000},
                "cache_read_input_tokens": 500000, "output_tokens": 300000,
                "model": "claude-opus-4-8-20260301", "service_tier": "batch"}]}],
             "has_more": false, "next_page": null}
            """);
    Path costs =
        write(
            "costs.json",
            """
            {"data": [{"starting_at": "2026-06-01T00:00:00Z", "ending_at": "2026-06-02T00:00:00Z",
              "results": [
                {"currency": "USD", "amount": "250.00", "cost_type": "tokens", "model": "claude-opus-4-8",
                 "service_tier": "batch", "token_type": "uncached_input_tokens", "description": "x"},
                {"currency": "USD", "amount": "100.5", "cost_type": "tokens", "model": "claude-opus-4-8",
                 "service_tier": "batch", "token_type": "cache_creation.ephemeral_1h_input_tokens"},
                {"currency": "USD", "amount": "1000", "cost_type": "web_search", "model": null,
                 "token_type": null, "description": "Web Search Usage"}]}],
             "has_more": false, "next_page": null}
            """);

    ProviderBill bill = ProviderBill.read(Provider.ANTHROPIC, List.of(usage, costs));

    LocalDate day = LocalDate.of(2026, 6, 1);
    assertThat(bill.lines())
        .containsEntry(
            new BillKey(day, "claude-opus-4-8", TokenClass.UNCACHED_INPUT, "batch"),
            new Amounts(1_000_000L, new BigDecimal("2.5000")))
        .containsEntry(
            new BillKey(day, "claude-opus-4-8", TokenClass.CACHE_WRITE_1H, "batch"),
            new Amounts(200_000L, new BigDecimal("1.005")))
        .containsEntry(
            new BillKey(day, "claude-opus-4-8", TokenClass.CACHE_WRITE_5M, "batch"),
            new Amounts(100_000L, null))
        .hasSize(5);
    assertThat(bill.others())
        .containsExactly(
            new ProviderBill.OtherCharge(day, "Web Search Usage", new BigDecimal("10.00")));
    assertThat(bill.isWhole()).isTrue();
  }

  @Test
  void linesThatOneSideHasOnlyAreListedOnTheirSide() throws IOException {
    List<LedgerEntry> rows = month();
    rows.add(row("b", "2026-06-05", TokenClass.CACHE_READ, 1_000_000, "0.5"));
    rows.removeIf(row -> row.getEntryId().equals("e-2026-06-07/OUTPUT"));

    Reconciliation.Result result =
        reconcile(
            rows,
            ProviderBill.read(Provider.OPENAI, List.of(openAiUsage(null), openAiCosts("1", null))));

    assertThat(result.onlyLedger())
        .singleElement()
        .satisfies(line -> assertThat(line.key().tokenClass()).isEqualTo(TokenClass.CACHE_READ));
    assertThat(result.onlyBill())
        .singleElement()
        .satisfies(line -> assertThat(line.amounts().cost()).isEqualByComparingTo("60"));
  }

  @Test
  void aReportWithoutItsLastPageIsTold() throws IOException {
    Path page =
        write(
            "page.json",
            "{\"data\": [{\"start_time\": 1780272000, \"end_time\": 1780358400,"
                + "\"results\": [{\"object\": \"organization.costs.result\", \"line_item\": \"gpt-5.6-sol, input\","
                + "\"amount\": {\"value\": 0.06, \"currency\": \"usd\"}}]}], \"has_more\": true, \"next_page\": \"x\"}");

    assertThat(ProviderBill.read(Provider.OPENAI, List.of(page)).isWhole()).isFalse();
  }

  @Test
  void aFileThatIsNoReportIsRefusedByName() throws IOException {
    Path file = write("notes.json", "{\"hello\": 1}");

    assertThatThrownBy(() -> ProviderBill.read(Provider.OPENAI, List.of(file)))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("notes.json")
        .hasMessageContaining("no list 'data'");
  }

  private static Reconciliation.Result reconcile(List<LedgerEntry> rows, ProviderBill bill) {
    Reconciliation reconciliation = new Reconciliation(JUNE, row -> "gpt-5.6-sol");
    rows.forEach(reconciliation::add);
    return reconciliation.against(bill);
  }

  /** Every day of June 10 million tokens in at $5 a million and 2 million out at $30. */
  private static List<LedgerEntry> month() {
    List<LedgerEntry> rows = new ArrayList<>();
    for (int day = 1; day <= 30; day++) {
      String date = JUNE.atDay(day).toString();
      rows.add(row("e-" + date, date, TokenClass.UNCACHED_INPUT, 10_000_000, "5"));
      rows.add(row("e-" + date, date, TokenClass.OUTPUT, 2_000_000, "30"));
    }
    return rows;
  }

  private static LedgerEntry row(
      String id, String day, TokenClass tokenClass, long tokens, String perMillion) {
    return Rows.priced(id, day + "T13:00:00Z", "openai-sol", tokenClass, tokens, perMillion);
  }

  private Path openAiUsage(LocalDate without) throws IOException {
    return report(
        "usage",
        without,
        (day, results) ->
            results
                .addObject()
                .put("object", "organization.usage.completions.result")
                .put("input_tokens", 10_000_000)
                .put("input_cached_tokens", 0)
                .put("output_tokens", 2_000_000)
                .put("model", "gpt-5.6-sol-2026-03-05")
                .put("batch", false));
  }

  private Path openAiCosts(String outputFactor, LocalDate without) throws IOException {
    BigDecimal output = new BigDecimal("60").multiply(new BigDecimal(outputFactor));
    return report(
        "costs",
        without,
        (day, results) -> {
          cost(results, "gpt-5.6-sol-2026-03-05, input", new BigDecimal("50"));
          cost(results, "gpt-5.6-sol-2026-03-05, output", output);
        });
  }

  private static void cost(ArrayNode results, String item, BigDecimal amount) {
    ObjectNode result = results.addObject();
    result.put("object", "organization.costs.result").put("line_item", item);
    result.putObject("amount").put("value", amount).put("currency", "usd");
  }

  private interface Day {
    void write(LocalDate day, ArrayNode results);
  }

  private Path report(String name, LocalDate without, Day content) throws IOException {
    ObjectNode page = JSON.createObjectNode().put("object", "page");
    ArrayNode data = page.putArray("data");
    for (int i = 1; i <= 30; i++) {
      LocalDate day = JUNE.atDay(i);
      if (!day.equals(without)) {
        ObjectNode bucket = data.addObject().put("object", "bucket");
        bucket.put("start_time", day.atStartOfDay().toEpochSecond(ZoneOffset.UTC));
        bucket.put("end_time", day.plusDays(1).atStartOfDay().toEpochSecond(ZoneOffset.UTC));
        content.write(day, bucket.putArray("results"));
      }
    }
    page.put("has_more", false).putNull("next_page");
    return write(name + ".json", JSON.writeValueAsString(page));
  }

  private Path write(String name, String text) throws IOException {
    return Files.writeString(folder.resolve(name), text);
  }
}
