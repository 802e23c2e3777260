package io.dualtrack.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.password4j.Argon2Function;
import com.password4j.Password;
import io.dualtrack.inference.Dialects;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Rate;
import io.dualtrack.schemas.ServiceTier;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.VolumeCounter;
import java.math.BigDecimal;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class ShippedControlTest {

  private final ControlSet shipped = ShippedControl.read();

  @Test
  void everyOfferingHasAPrice() {
    Set<String> priced =
        shipped.prices().stream().map(Price::getOffering).collect(Collectors.toSet());

    assertThat(shipped.offerings()).extracting(Offering::getId).allMatch(priced::contains);
  }

  @Test
  void everyOfferingSaysHowLongItsAnswersMayBe() {
    assertThat(shipped.offerings())
        .as("a hard budget reserves for it where a request sets no limit")
        .allSatisfy(offering -> assertThat(offering.getMaxOutputTokens()).isPositive());
  }

  @Test
  void whereTheModelsOwnLengthIsKnownItIsDeclared() {
    assertThat(shipped.offerings())
        .filteredOn(
            each ->
                Set.of("llama-3.1-405b", "mixtral-8x22b", "kimi-k2.7").contains(each.getModel()))
        .isNotEmpty()
        .allSatisfy(each -> assertThat(each.getContextTokens()).isPositive());
  }

  @Test
  void everyModelOfAContractIsOffered() {
    Set<String> offered =
        shipped.offerings().stream().map(Offering::getModel).collect(Collectors.toSet());

    for (Tenant tenant : shipped.tenants()) {
      for (ModelContract contract : tenant.getModels()) {
        assertThat(offered).contains(contract.getModel()).containsAll(contract.getSubstitutes());
      }
    }
  }

  @Test
  void theCatalogueOffersTheDocumentedModelsOnTheirLanes() {
    assertThat(models(Lane.API))
        .containsExactlyInAnyOrder(
            "gpt-5.6-sol",
            "gpt-5.6-terra",
            "gpt-5.6-luna",
            "claude-fable-5",
            "claude-opus-4.8",
            "mixtral-8x22b");
    assertThat(models(Lane.LOCAL))
        .containsExactlyInAnyOrder("llama-3.1-405b", "mixtral-8x22b", "glm-5.2", "kimi-k2.7");
  }

  @Test
  void theDocumentedKeysAreThoseOfTheTenants() {
    for (Tenant tenant : shipped.tenants()) {
      String key = "dt-local-" + tenant.getId();

      assertThat(tenant.getAccounts())
          .filteredOn(account -> account.getKeyHash() != null)
          .singleElement()
          .satisfies(account -> assertThat(key).startsWith(account.getKeyPrefix()))
          .satisfies(
              account ->
                  assertThat(
                          Password.check(key, account.getKeyHash())
                              .with(Argon2Function.getInstanceFromHash(account.getKeyHash())))
                      .isTrue());
    }
  }

  @Test
  void pricesAreExactToTheLastDigit() {
    assertThat(rate("openai-gpt-5.6-sol-eu", "CACHE_READ")).isEqualByComparingTo("0.00000055");
    assertThat(rate("openai-gpt-5.6-sol-global", "OUTPUT")).isEqualByComparingTo("0.00003");
    assertThat(rate("bedrock-claude-opus-4.8-eu", "CACHE_WRITE_5M"))
        .isEqualByComparingTo("0.000006875");
    assertThat(rate("local-llama-3.1-405b-us", "OUTPUT")).isEqualByComparingTo("0.0000055");
  }

  @Test
  void anExampleOfAnExemptionIsThere() {
    assertThat(shipped.exemptions()).isNotEmpty();
  }

  @Test
  void equalContentHasEqualVersions() {
    ControlSet again = ShippedControl.read();

    assertThat(again.policies().get(0).getVersion())
        .isEqualTo(shipped.policies().get(0).getVersion())
        .hasSize(12);
    assertThat(again.prices())
        .extracting(Price::getVersion)
        .isEqualTo(shipped.prices().stream().map(Price::getVersion).toList());
  }

  @Test
  void theCatalogueOfRealEndpointsIsSoundAndUsedByNobodyWhoDoesNotNameIt() throws Exception {
    ControlSet catalogue = ControlFiles.read(Path.of("../control/catalogue"), shipped);

    assertThat(catalogue.offerings())
        .allSatisfy(
            offering -> {
              assertThat(offering.getByContract()).isTrue();
              assertThat(offering.getEvidence()).startsWith("https://");
              assertThat(offering.getPriceReference()).isNotBlank();
            });
    assertThat(catalogue.offerings())
        .extracting(Offering::getProvider)
        .contains(
            "openai",
            "anthropic",
            "aws-bedrock",
            "azure",
            "google-vertex",
            "mistral",
            "together",
            "fireworks",
            "home-vllm",
            "home-tgi");
    assertThat(catalogue.offerings())
        .filteredOn(offering -> offering.getTier() == ServiceTier.COMPLIANCE)
        .extracting(offering -> offering.getModel() + offering.getProcessingRegions())
        .contains("gpt-5.6-sol[US]", "gpt-5.6-terra[EU]", "gpt-5.6-luna[JP]");
    Set<String> shippedIds =
        shipped.offerings().stream().map(Offering::getId).collect(Collectors.toSet());
    assertThat(catalogue.offerings())
        .extracting(Offering::getId)
        .doesNotContainAnyElementsOf(shippedIds);
  }

  @Test
  void aDispatcherSpeaksTheDialectOfEveryShippedOfferingAndMayCallItsHost() throws Exception {
    Hosts permitted = Hosts.parse(Hosts.LOOPBACK + ",api.moonshot.cn,open.bigmodel.cn");
    List<Offering> catalogue =
        ControlFiles.read(Path.of("../control/catalogue"), shipped).offerings();

    assertThat(Stream.concat(shipped.offerings().stream(), catalogue.stream()))
        .extracting(Offering::getDialect)
        .isSubsetOf(Dialects.names());
    assertThat(catalogue)
        .allMatch(offering -> permitted.permit(URI.create(offering.getEndpoint())));
  }

  @Test
  void aProvidersOfferingsOfTheCatalogueSpeakItsOwnDialect() throws Exception {
    assertThat(ControlFiles.read(Path.of("../control/catalogue"), shipped).offerings())
        .filteredOn(offering -> !Set.of("moonshot", "zhipu").contains(offering.getProvider()))
        .extracting(offering -> offering.getProvider() + " " + offering.getDialect())
        .containsOnly(
            "openai openai",
            "anthropic anthropic",
            "aws-bedrock bedrock",
            // OpenAI's models there have OpenAI's own API.
            "aws-bedrock openai",
            "azure azure",
            "google-vertex vertex-anthropic",
            "mistral mistral",
            "together together",
            "fireworks fireworks",
            "home-vllm vllm",
            "home-tgi tgi");
  }

  @Test
  void everyRuleOfTheStarterPackNamesItsSource() {
    PolicyBundle starter = shipped.policies().get(0);

    assertThat(starter.getRules())
        .hasSizeGreaterThan(25)
        .allSatisfy(rule -> assertThat(rule.getSource()).isNotBlank());
    assertThat(starter.getCounters())
        .extracting(VolumeCounter::getId)
        .contains("us-202-bulk", "cn-pipl-export");
  }

  private Set<String> models(Lane lane) {
    return shipped.offerings().stream()
        .filter(offering -> offering.getLane() == lane)
        .map(Offering::getModel)
        .collect(Collectors.toSet());
  }

  private BigDecimal rate(String offering, String tokenClass) {
    return shipped.prices().stream()
        .filter(price -> price.getOffering().equals(offering))
        .flatMap(price -> price.getRates().stream())
        .filter(rate -> rate.getTokenClass().equals(tokenClass))
        .filter(rate -> rate.getAboveInputTokens() == 0)
        .map(Rate::getPerToken)
        .findFirst()
        .orElseThrow();
  }
}
