package io.dualtrack.local.prices;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.AvroSerde;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.TierFactor;
import io.dualtrack.schemas.TokenClass;
import io.dualtrack.schemas.Weights;
import java.io.IOException;
import java.math.BigDecimal;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class PriceImportTest {

  private static final Instant AUGUST = Instant.parse("2026-08-01T00:00:00Z");
  private static final Instant SEPTEMBER = Instant.parse("2026-09-01T00:00:00Z");
  private static final String REFERENCE =
      "LiteLLM model_prices_and_context_window.json of 2026-08-01, ";

  static {
    AvroSerde.trustRecords();
  }

  @TempDir private Path folder;

  @Test
  void aNumberIsTakenAsTheDecimalTextThatStandsThere() throws IOException {
    Path file = folder.resolve("prices.json");
    Files.writeString(
        file,
        """
        {"a": {"input_cost_per_token": 2.4414e-07, "output_cost_per_token": 1e-06},
         "b": {"input_cost_per_token": 0.000000099999999999, "output_cost_per_token": 0}}
        """);

    LiteLlmFile read = LiteLlmFile.read(file);

    assertThat(read.model("a").orElseThrow().rates())
        .containsEntry(input(), new BigDecimal("0.00000024414"))
        .containsEntry(output(), new BigDecimal("0.000001"));
    assertThat(read.model("b").orElseThrow().rates().get(input()))
        .isEqualByComparingTo("0.000000099999999999");
  }

  @Test
  void aRegionalOfferingPaysTheUpliftOnEveryRate() throws Exception {
    Offering offering =
        offering("sol-eu", "EU", REFERENCE + "gpt-5.6-sol with the regional uplift of 1.1");

    PriceImport.Plan plan = plan(List.of(offering), Map.of(), List.of());

    Price price = plan.prices().get(0);
    assertThat(price.getPriceId()).isEqualTo("sol-eu@2026-08-01");
    assertThat(rate(price, TokenClass.UNCACHED_INPUT, "standard", 0))
        .isEqualByComparingTo("0.0000055");
    assertThat(rate(price, TokenClass.UNCACHED_INPUT, "batch", 0))
        .isEqualByComparingTo("0.00000275");
    assertThat(rate(price, TokenClass.OUTPUT, "standard", 272_000))
        .isEqualByComparingTo("0.0000495");
    assertThat(rate(price, TokenClass.CACHE_WRITE_5M, "flex", 272_000))
        .isEqualByComparingTo("0.000006875");
    assertThat(plan.left()).isEmpty();
  }

  @Test
  void aComplianceOfferingPaysItsTierFactor() throws Exception {
    Offering offering =
        offering(
            "sol-compliance",
            "EU",
            REFERENCE + "gpt-5.6-sol with the regional uplift of 1.1, times the tier factor");
    offering.setTierPriceFactor(new BigDecimal("3.000000000000000000"));

    Price price = plan(List.of(offering), Map.of(), List.of()).prices().get(0);

    assertThat(rate(price, TokenClass.OUTPUT, "standard", 0)).isEqualByComparingTo("0.000099");
  }

  @Test
  void aMapGoesBeforeThePriceReference() throws Exception {
    Path map = folder.resolve("map.yaml");
    Files.writeString(map, "sol-us: {key: azure/eu/gpt-5.6-sol, factor: 2}\n");
    Offering offering = offering("sol-us", "US", REFERENCE + "gpt-5.6-sol");

    Price price = plan(List.of(offering), PriceMap.read(map), List.of()).prices().get(0);

    assertThat(rate(price, TokenClass.UNCACHED_INPUT, "standard", 0))
        .isEqualByComparingTo("0.000011");
  }

  @Test
  void rangesOfInputBecomeThresholds() throws Exception {
    Price price =
        plan(
                List.of(offering("qwen", "CN", REFERENCE + "dashscope/qwen-plus-2025-07-28")),
                Map.of(),
                List.of())
            .prices()
            .get(0);

    assertThat(rate(price, TokenClass.UNCACHED_INPUT, "standard", 0)).isEqualByComparingTo("4e-7");
    assertThat(rate(price, TokenClass.UNCACHED_INPUT, "standard", 256_000))
        .isEqualByComparingTo("1.2e-6");
  }

  @Test
  void whatIsNotTakenIsListedWithItsReason() throws Exception {
    PriceImport.Plan plan =
        plan(
            List.of(
                offering("home", "EU", "internal rate from hardware and labour"),
                offering("unnamed", "EU", null),
                offering("gone", "EU", REFERENCE + "gpt-9"),
                offering("qwen", "CN", REFERENCE + "dashscope/qwen-plus-2025-07-28"),
                offering("gemini", "US", REFERENCE + "gemini-2.5-pro")),
            Map.of("nobody", new PriceSource("gpt-5.6-sol", BigDecimal.ONE, BigDecimal.ONE)),
            List.of());

    assertThat(plan.left())
        .extracting(PriceImport.Remark::about)
        .containsExactly("home", "unnamed", "gone", "nobody");
    assertThat(plan.left().get(2).text()).contains("no 'gpt-9'");
    assertThat(plan.notes())
        .anySatisfy(
            note -> {
              assertThat(note.about()).isEqualTo("qwen");
              assertThat(note.text()).contains("output_cost_per_reasoning_token");
            })
        .anySatisfy(
            note -> {
              assertThat(note.about()).isEqualTo("gemini");
              assertThat(note.text()).contains("search_context_cost_per_query");
            });
    assertThat(plan.unused())
        .contains("claude-opus-4-8")
        .doesNotContain("gemini-2.5-pro", "sample_spec");
  }

  @Test
  void anUpliftThatTheReferenceDoesNotNameIsToldAndNotApplied() throws Exception {
    PriceImport.Plan plan =
        plan(
            List.of(offering("opus-us", "US", REFERENCE + "claude-opus-4-8")), Map.of(), List.of());

    assertThat(rate(plan.prices().get(0), TokenClass.OUTPUT, "standard", 0))
        .isEqualByComparingTo("0.000025");
    assertThat(plan.notes())
        .anySatisfy(note -> assertThat(note.text()).contains("uplift for US is 1.1"));
  }

  @Test
  void onlyWhatDiffersIsPublished() throws Exception {
    List<Offering> offerings =
        List.of(
            offering("sol", "GLOBAL", REFERENCE + "gpt-5.6-sol"),
            offering("opus", "GLOBAL", REFERENCE + "claude-opus-4-8"));
    List<Price> published = plan(offerings, Map.of(), List.of()).prices();
    Price cheaper = Price.newBuilder(published.get(0)).build();
    cheaper.setRates(
        published.get(0).getRates().stream()
            .map(
                rate ->
                    rate.getTokenClass().equals("OUTPUT") && rate.getTier().equals("standard")
                        ? Rate.newBuilder(rate)
                            .setPerToken(new BigDecimal("0.000020000000000000"))
                            .build()
                        : rate)
            .toList());

    PriceImport.Plan again =
        PriceImport.plan(
            excerpt(), offerings, Map.of(), List.of(cheaper, published.get(1)), SEPTEMBER);

    assertThat(again.unchanged()).containsExactly("opus");
    assertThat(again.prices()).extracting(Price::getPriceId).containsExactly("sol@2026-09-01");
    assertThat(again.changes())
        .extracting(RateChange::tokenClass, RateChange::aboveInputTokens)
        .containsOnly(tuple(TokenClass.OUTPUT, 0L), tuple(TokenClass.OUTPUT, 272_000L));
  }

  @Test
  void aPriceThatTakesOverLaterIsTold() throws Exception {
    List<Offering> offerings = List.of(offering("sol", "GLOBAL", REFERENCE + "gpt-5.6-sol"));
    Price later =
        PriceImport.plan(excerpt(), offerings, Map.of(), List.of(), SEPTEMBER).prices().get(0);

    PriceImport.Plan plan = plan(offerings, Map.of(), List.of(later));

    assertThat(plan.prices()).hasSize(1);
    assertThat(plan.notes())
        .anySatisfy(note -> assertThat(note.text()).contains("takes over at 2026-09-01"));
  }

  @Test
  void settingOneRateKeepsTheOthers() throws Exception {
    Price base =
        plan(List.of(offering("sol", "GLOBAL", REFERENCE + "gpt-5.6-sol")), Map.of(), List.of())
            .prices()
            .get(0);

    PriceRecords.Amended amended =
        PriceRecords.amend(
                List.of(base),
                new RateChange(
                    "sol",
                    TokenClass.CACHE_WRITE_1H,
                    "standard",
                    0,
                    null,
                    new BigDecimal("0.00001")),
                SEPTEMBER)
            .orElseThrow();

    assertThat(amended.price().getPriceId()).isEqualTo("sol@2026-09-01");
    assertThat(amended.price().getRates()).hasSize(base.getRates().size() + 1);
    assertThat(amended.changes()).hasSize(1);
    assertThat(amended.price().getVersion()).isNotEqualTo(base.getVersion());
  }

  @Test
  void datedChangesOfARealPriceLeaveTheRateOfEachDayInForce() throws Exception {
    Path file = folder.resolve("prices.json");
    Files.writeString(
        file,
        """
        {"deepseek/deepseek-chat": {"cache_read_input_token_cost": 1.4e-08, "input_cost_per_token": 1.4e-07,
         "input_cost_per_token_cache_hit": 1.4e-08, "output_cost_per_token": 2.8e-07}}
        """);
    Offering offering = offering("chat", "CN", REFERENCE + "deepseek/deepseek-chat");
    List<Price> published =
        new ArrayList<>(
            PriceImport.plan(
                    LiteLlmFile.read(file),
                    List.of(offering),
                    Map.of(),
                    List.of(),
                    Instant.parse("2025-01-01T00:00:00Z"))
                .prices());
    // As LiteLLM's file changed: day, field, price.
    for (String change :
        List.of(
            "2025-02-07,cache_read_input_token_cost,7e-08",
            "2025-02-07,input_cost_per_token,2.7e-07",
            "2025-02-07,input_cost_per_token_cache_hit,7e-08",
            "2025-02-07,output_cost_per_token,1.1e-06",
            "2026-01-13,cache_read_input_token_cost,2.8e-08",
            "2026-01-13,input_cost_per_token,2.8e-07",
            "2026-01-13,output_cost_per_token,4.2e-07")) {
      String[] parts = change.split(",");
      PriceField field = PriceField.of(parts[1]).orElseThrow();
      RateChange set =
          new RateChange(
              "chat",
              field.tokenClass(),
              field.tier(),
              field.aboveInputTokens(),
              null,
              new BigDecimal(parts[2]));
      Price price =
          PriceRecords.amend(published, set, Instant.parse(parts[0] + "T00:00:00Z"))
              .orElseThrow()
              .price();
      published.removeIf(earlier -> earlier.getPriceId().equals(price.getPriceId()));
      published.add(price);
    }

    assertThat(published).hasSize(3);
    assertThat(outputOn(published, "2025-02-06")).isEqualByComparingTo("2.8e-7");
    assertThat(outputOn(published, "2025-02-07")).isEqualByComparingTo("1.1e-6");
    assertThat(outputOn(published, "2026-01-12")).isEqualByComparingTo("1.1e-6");
    assertThat(outputOn(published, "2026-07-31")).isEqualByComparingTo("4.2e-7");
  }

  private static BigDecimal outputOn(List<Price> prices, String day) {
    Price price =
        RateTable.inForce(prices, "chat", Instant.parse(day + "T12:00:00Z")).orElseThrow();
    return rate(price, TokenClass.OUTPUT, "standard", 0);
  }

  @Test
  void whatIsInForceBesideTheRatesStays() throws Exception {
    List<Offering> offerings = List.of(offering("opus", "GLOBAL", REFERENCE + "claude-opus-4-8"));
    Price before = plan(offerings, Map.of(), List.of()).prices().get(0);
    before.setTierFactors(List.of(new TierFactor("batch", new BigDecimal("0.500000000000000000"))));
    before.setReferenceForModel("claude-opus-4.8");
    before.setRegionalUplift(new BigDecimal("1.100000000000000000"));

    Price after =
        PriceImport.plan(excerpt(), offerings, Map.of(), List.of(before), SEPTEMBER)
            .prices()
            .get(0);

    assertThat(after.getReferenceForModel()).isEqualTo("claude-opus-4.8");
    assertThat(rate(before, TokenClass.OUTPUT, "standard", 0)).isEqualByComparingTo("0.0000275");
    assertThat(rate(after, TokenClass.OUTPUT, "standard", 0)).isEqualByComparingTo("0.000025");
    assertThat(rate(after, TokenClass.CACHE_READ, "batch", 0)).isEqualByComparingTo("2.5e-7");
  }

  @Test
  void oneRateAloneIsNoPrice() {
    RateChange set = new RateChange("sol", TokenClass.OUTPUT, "standard", 0, null, BigDecimal.ONE);

    assertThat(PriceRecords.amend(List.of(), set, AUGUST)).isEmpty();
  }

  @Test
  void aFileThatIsNoPriceFileIsRefusedWithItsLine() throws IOException {
    Path file = folder.resolve("prices.json");
    Files.writeString(file, "{\n\"a\": {\"input_cost_per_token\": 1e-6,,}\n}");

    assertThatThrownBy(() -> LiteLlmFile.read(file))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("line 2");
  }

  private static PriceImport.Plan plan(
      List<Offering> offerings, Map<String, PriceSource> map, List<Price> published)
      throws IOException, URISyntaxException {
    return PriceImport.plan(excerpt(), offerings, map, published, AUGUST);
  }

  private static LiteLlmFile excerpt() throws IOException, URISyntaxException {
    return LiteLlmFile.read(
        Path.of(PriceImportTest.class.getResource("/prices/litellm-excerpt.json").toURI()));
  }

  private static PriceField input() {
    return new PriceField(TokenClass.UNCACHED_INPUT, "standard", 0);
  }

  private static PriceField output() {
    return new PriceField(TokenClass.OUTPUT, "standard", 0);
  }

  private static BigDecimal rate(Price price, TokenClass tokenClass, String tier, long above) {
    return RateTable.of(price).get(new PriceField(tokenClass, tier, above));
  }

  private static Offering offering(String id, String region, String reference) {
    return Offering.newBuilder()
        .setId(id)
        .setModel("model")
        .setProviderModel("model")
        .setProvider("provider")
        .setLane(Lane.API)
        .setWeights(Weights.CLOSED)
        .setDialect("openai")
        .setEndpoint("sandbox")
        .setProcessingRegions(List.of(region))
        .setStorageRegions(List.of(region))
        .setProviderCountry("US")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(1)
        .setTimeoutSeconds(1)
        .setEffectiveFrom(Instant.EPOCH)
        .setPriceReference(reference)
        .build();
  }
}
