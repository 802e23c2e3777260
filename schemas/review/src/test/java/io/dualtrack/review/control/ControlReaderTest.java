package io.dualtrack.review.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Price;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

class ControlReaderTest {

  private static final List<String> DIALECTS = List.of("openai", "bedrock");

  private static final String OFFERING =
      """
      offerings:
        - id: home
          model: llama
          provider_model: llama
          provider: local
          lane: LOCAL
          weights: OPEN
          dialect: openai
          endpoint: sandbox
          processing_regions: [EU]
          storage_regions: [EU]
          provider_country: NO
          export_state: OPEN
          max_concurrency: 10
          timeout_seconds: 60
          effective_from: 2026-01-01
      """;

  private static final String PRICE =
      """
      prices:
        - offering: home
          currency: USD
          effective_from: 2026-03-01T12:00:00Z
          rates:
            - {token_class: UNCACHED_INPUT, per_token: 0.0000055}
            - {token_class: OUTPUT, per_million: 5.50}
      """;

  private static final String TENANT =
      """
      tenants:
        - id: acme
          name: Acme
          status: ACTIVE
          controller_country: DE
          jurisdictions: [EU]
          processing_regions: [EU]
          models:
            - {model: llama}
          cache: {enabled: true, ttl_seconds: 60, sampled: false}
          accounts:
            - {id: one}
      """;

  private static final String POLICY =
      """
      policies:
        - id: pack
          rules:
            - id: baa
              version: 1
              source: HIPAA
              confidence: LAW
              effect: REQUIRE
              condition: '"health" in data_classes'
              requirement: '"BAA" in attestations'
              code: HIPAA_BAA
              reason: An agreement is needed
              owner: compliance
              effective_from: 2026-01-01
      """;

  static Stream<Arguments> badFiles() {
    return Stream.of(
        bad("tenants: [", "f.yaml:1: not YAML"),
        bad("", "f.yaml: the file holds nothing; write one of the lists"),
        bad("- a", "f.yaml:1: the file is not a mapping"),
        bad("tenant: []", "f.yaml:1: the file has the unknown key 'tenant'; use one of tenants"),
        bad("tenants: acme", "f.yaml:1: 'tenants' is not a list"),
        bad("offerings:\n  - home", "f.yaml:2: offering is not a mapping"),
        bad(
            OFFERING.replace("    lane: LOCAL", "    lane: HOME"),
            "f.yaml:6: 'lane' cannot be 'HOME'; write one of API, LOCAL"),
        bad(
            OFFERING.replace("    weights: OPEN\n", ""),
            "f.yaml:2: offering has no 'weights'; add 'weights: …' (one of OPEN, CLOSED)"),
        bad(
            OFFERING.replace("max_concurrency: 10", "max_concurency: 10"),
            "f.yaml:14: offering has the unknown key 'max_concurency'; use one of"),
        bad(OFFERING.replace("max_concurrency: 10", "max_concurrency: ten"), "f.yaml:14:"),
        bad(
            OFFERING + "    context_tokens: 0\n",
            "f.yaml:17: 'context_tokens' is below 1; write 1 or more"),
        bad(
            OFFERING + "    max_output_tokens: -1\n",
            "f.yaml:17: 'max_output_tokens' is below 1; write 1 or more"),
        bad(
            OFFERING + "    max_output_tokens: 9\n    context_tokens: 8\n",
            "f.yaml:17: 'max_output_tokens' is above 'context_tokens'"),
        bad(
            OFFERING.replace("max_concurrency: 10", "max_concurrency: 0"),
            "f.yaml:14: 'max_concurrency' is below 1"),
        bad(
            OFFERING.replace("effective_from: 2026-01-01", "effective_from: 1.1.2026"),
            "f.yaml:16: 'effective_from' cannot be '1.1.2026'; write a day like 2026-01-31"),
        bad(
            OFFERING.replace("endpoint: sandbox", "endpoint: 'localhost:8000/v1'"),
            "f.yaml:9: 'endpoint' is neither an http address nor an endpoint's name"),
        bad(
            OFFERING.replace("[EU]\n    storage", "[GB]\n    storage"),
            "f.yaml:10: 'processing_regions' has the unknown region 'GB'; write UK"),
        bad(OFFERING.replace("[EU]\n    storage", "EU\n    storage"), "f.yaml:10: 'processing_re"),
        bad(
            OFFERING.replace("provider: local", "provider: a\n    provider: b"),
            "f.yaml:6: offering has the key 'provider' twice"),
        bad(
            OFFERING + OFFERING.substring(OFFERING.indexOf("  - id")),
            "f.yaml:17: offering 'home' is there twice, first at f.yaml:2"),
        bad(
            OFFERING + PRICE.replace("offering: home", "offering: hoem"),
            "f.yaml:18: no offering is called 'hoem'"),
        bad(
            OFFERING + PRICE.replace("5.50}", "five}"),
            "f.yaml:23: 'per_million' is not a decimal number: five"),
        bad(OFFERING + PRICE.replace("5.50}", "-1}"), "f.yaml:23: a rate is negative"),
        bad(
            OFFERING + PRICE.replace("class: OUTPUT", "class: OUTPT"),
            "f.yaml:23: 'token_class' cannot be 'OUTPT'"),
        bad(
            OFFERING + PRICE.replace("currency: USD", "currency: EURO"),
            "f.yaml:19: 'currency' cannot be 'EURO'"),
        bad(
            OFFERING + PRICE.replace("    rates:", "    effective_to: 2026-02-01\n    rates:"),
            "f.yaml:21: 'effective_to' is not after 'effective_from'"),
        bad(
            OFFERING + TENANT.replace("model: llama", "model: lama"),
            "f.yaml:25: no offering serves the model 'lama'"),
        bad(
            OFFERING + TENANT.replace("country: DE", "country: Germany"),
            "f.yaml:21: 'controller_country' is not a country: Germany"),
        bad(
            OFFERING + TENANT.replace("{id: one}", "{id: one, api_key_sha256: sk-secret}"),
            "f.yaml:28: 'api_key_sha256' is not taken any more"),
        bad(
            OFFERING
                + TENANT.replace(
                    "{id: one}", "{id: one, key_prefix: sk-12345, key_hash: sk-secret}"),
            "f.yaml:28: 'key_hash' is no Argon2id hash in PHC form"),
        bad(
            OFFERING + TENANT.replace("{id: one}", "{id: one, key_prefix: sk-12345}"),
            "f.yaml:28: account 'one' has one of 'key_prefix' and 'key_hash'"),
        bad(
            POLICY.replace("\"health\" in data_classes", "\"health\" in data_clases"),
            "f.yaml:9: 'condition' of rule 'baa' is not a CEL condition: undeclared reference"),
        bad(
            POLICY.replace("'\"health\" in data_classes'", "model"),
            "f.yaml:9: 'condition' of rule 'baa' is not a CEL condition"),
        bad(
            POLICY.replace("        requirement: '\"BAA\" in attestations'\n", ""),
            "f.yaml:8: rule 'baa' requires, but has no 'requirement'"),
        bad(
            POLICY.replace("effect: REQUIRE", "effect: DENY"),
            "f.yaml:10: rule 'baa' has a 'requirement', but its effect is DENY"),
        bad(
            condition("storage.all(a, storage.all(b, storage.all(c, a + b == c)))"),
            "f.yaml:9: 'condition' of rule 'baa' is not a CEL condition: its loops"),
        bad(
            condition("(".repeat(500) + "true" + ")".repeat(500)),
            "f.yaml:9: 'condition' of rule 'baa' is not a CEL condition"),
        bad(
            condition("1 + 1"),
            "f.yaml:9: 'condition' of rule 'baa' is not a CEL condition: expected type 'bool'"),
        bad(
            POLICY.replace(
                "        requirement: '\"BAA\" in attestations'", "        within: [EUR]"),
            "f.yaml:10: 'within' has the unknown region 'EUR'"),
        bad(
            POLICY.replace("        code:", "        within: [EU]\n        code:"),
            "f.yaml:11: rule 'baa' has a 'requirement' and 'within'"),
        bad(
            oblige(""),
            "f.yaml:8: rule 'baa' obliges to nothing that is known; write one of REDACT_CARDS"),
        bad(
            oblige("        obligation: RETENTION\n"),
            "f.yaml:10: rule 'baa' says no time for RETENTION"),
        bad(
            oblige("        obligation: NO_STORE\n        obligation_seconds: 5\n"),
            "f.yaml:11: rule 'baa' says a time, but NO_STORE has none"),
        bad(
            oblige("        obligation: KEEP_LOGS\n        obligation_seconds: 99999999999\n"),
            "f.yaml:11: decisions are kept for"),
        bad(
            POLICY.replace("        code:", "        obligation: NO_STORE\n        code:"),
            "f.yaml:11: rule 'baa' has an 'obligation', but its effect is REQUIRE"),
        bad(
            POLICY + exemption("ba", "[acme]", "counsel"),
            "f.yaml:17: exemption 'waiver' lifts rule 'ba', which is not in the bundle"),
        bad(POLICY + exemption("baa", "[]", "counsel"), "f.yaml:18: exemption 'waiver' is for"),
        bad(
            POLICY + exemption("baa", "[acme]", "''"),
            "f.yaml:20: exemption 'waiver' names nobody who approved it"),
        bad(
            POLICY + exemption("baa", "[acme]", "c").replaceAll(" +effective_to.*\n", ""),
            "f.yaml:16: exemptions has no 'effective_to'"),
        bad(
            POLICY + "    lists: [{name: tenant, source: s, values: []}]\n",
            "f.yaml:15: a list cannot be called 'tenant', because a variable is"),
        bad(
            POLICY
                + "    counters: [{id: c, source: s, condition: lane, window_days: 0, thresholds:"
                + " []}]\n",
            "f.yaml:15: 'window_days' is below 1"),
        bad(
            OFFERING + "    uncertain: [pricee]\n    attestation_expiry: []\n",
            "f.yaml:17: 'uncertain' cannot be 'pricee'"),
        bad(
            OFFERING + "    attestation_expiry: [{name: BAA, expires: 2027-01-01}]\n",
            "f.yaml:17: 'name' cannot be 'BAA'"),
        bad(
            OFFERING + TENANT.replace("{model: llama}", "{model: llama, offerings: [away]}"),
            "f.yaml:25: no offering 'away' serves the model 'llama'"),
        bad(
            OFFERING
                + TENANT.replace(
                    "{id: one}",
                    "{id: one, ear_us_person: {status: YES, evidence: f, verified_at: 2026-02-01,"
                        + " expires: 2026-01-01}}"),
            "f.yaml:28: 'expires' is not after 'verified_at'"),
        bad(
            OFFERING + TENANT.replace("    models:", "    regimes: [DORAA]\n    models:"),
            "f.yaml:24: 'regimes' cannot be 'DORAA'; write one of"));
  }

  private static String condition(String expression) {
    return POLICY.replace("'\"health\" in data_classes'", '"' + expression + '"');
  }

  private static String oblige(String duty) {
    return POLICY
        .replace("effect: REQUIRE", "effect: OBLIGE")
        .replace("        requirement: '\"BAA\" in attestations'\n", duty);
  }

  private static String exemption(String rule, String tenants, String approver) {
    return """
            exemptions:
              - id: waiver
                rule: %s
                tenants: %s
                reason: an opinion
                approver: %s
                effective_from: 2026-01-01
                effective_to: 2026-02-01
        """
        .formatted(rule, tenants, approver);
  }

  private static Arguments bad(String text, String message) {
    return Arguments.of(text, message);
  }

  @ParameterizedTest
  @MethodSource("badFiles")
  void aBadFileIsRefusedWithItsLineAndWhatToDo(String text, String message) {
    InvalidControlException refused = refused(text);

    assertThat(refused.problems())
        .extracting(Problem::toString)
        .anySatisfy(problem -> assertThat(problem).startsWith(message));
  }

  @Test
  void anExpressionOfAMegabyteIsRefusedAndNotRepeated() {
    assertThat(refused(condition("tenant == '" + "x".repeat(1_000_000) + "'")).problems())
        .singleElement()
        .asString()
        .startsWith("f.yaml:9: 'condition' of rule 'baa' is not a CEL condition: it has 1,000,012")
        .hasSizeLessThan(2_000);
  }

  @Test
  void aKeyThatWasPastedIsNotRepeated() {
    String text =
        OFFERING
            + TENANT.replace(
                "{id: one}", "{id: one, api_key_sha256: sk-secret, key_hash: sk-secret}");

    assertThat(refused(text).problems().toString()).doesNotContain("sk-secret");
  }

  @Test
  void allProblemsAreToldAtOnceInTheOrderOfLines() {
    String text =
        OFFERING
                .replace("lane: LOCAL", "lane: HOME")
                .replace("max_concurrency: 10", "max_concurrency: ten")
            + POLICY.replace("code: HIPAA_BAA", "code: Hipaa");

    assertThat(refused(text).problems()).extracting(Problem::line).containsExactly(6, 14, 27);
  }

  @Test
  void scalarsAreReadByTheirTextAndNotByTheGuessOfYaml() throws Exception {
    ControlSet read = read(OFFERING + PRICE);

    Offering offering = read.offerings().get(0);
    assertThat(offering.getProviderCountry()).isEqualTo("NO");
    assertThat(offering.getEffectiveFrom()).isEqualTo(Instant.parse("2026-01-01T00:00:00Z"));
    assertThat(offering.getRequestsPerMinute()).isNull();
    assertThat(offering.getAttestations()).isEmpty();
    Price price = read.prices().get(0);
    assertThat(price.getPriceId()).isEqualTo("home@2026-03-01");
    assertThat(price.getRates().get(0).getPerToken())
        .isEqualByComparingTo(price.getRates().get(1).getPerToken());
  }

  @Test
  void aVersionThatIsWrittenIsKeptAndAnotherIsMadeFromTheContent() throws Exception {
    String given =
        read(POLICY.replace("- id: pack", "- id: pack\n    version: 1.10"))
            .policies()
            .get(0)
            .getVersion();
    String made = read(POLICY).policies().get(0).getVersion();
    String changed = read(POLICY.replace("HIPAA_BAA", "OTHER")).policies().get(0).getVersion();

    assertThat(given).isEqualTo("1.10");
    assertThat(made).hasSize(12).isNotEqualTo(changed);
  }

  @Test
  void aFileMayReferToWhatIsPublishedAlready() throws Exception {
    ControlSet published = read(OFFERING);

    ControlSet read =
        ControlReader.readTexts(Map.of("f.yaml", PRICE + TENANT), published, DIALECTS);

    assertThat(read.size()).isEqualTo(2);
  }

  @Test
  void aFolderIsReadAsOneSet(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("a.yaml"), PRICE);
    Files.writeString(folder.resolve("b.yml"), OFFERING);
    Files.writeString(folder.resolve("notes.txt"), "not read");

    ControlSet read = ControlReader.read(folder, ControlSet.empty(), DIALECTS);

    assertThat(read.size()).isEqualTo(2);
  }

  @Test
  void aFileThatIsNoTextIsRefused(@TempDir Path folder) throws Exception {
    Path file = folder.resolve("a.yaml");
    Files.write(file, "name: Müller".getBytes(StandardCharsets.ISO_8859_1));

    InvalidControlException refused =
        catchThrowableOfType(
            InvalidControlException.class,
            () -> ControlReader.read(file, ControlSet.empty(), DIALECTS));

    assertThat(refused.problems())
        .extracting(Problem::what)
        .containsExactly("the file is not UTF-8 text");
  }

  @Test
  void oneKeyCannotBelongToTwoAccounts() {
    String hash = "$argon2id$v=19$m=64,t=1,p=1$" + "A".repeat(22) + "$" + "B".repeat(43);
    String text =
        OFFERING
            + TENANT.replace(
                "{id: one}",
                "{id: one, key_prefix: sk-12345, key_hash: '%s'}\n      - {id: two, key_prefix: sk-12345}"
                    .formatted(hash)
                    .replace("sk-12345}", "sk-12345, key_hash: '%s'}".formatted(hash)));

    assertThat(refused(text).problems())
        .extracting(Problem::what)
        .isEqualTo(List.of("account 'two' has the key prefix of acme/one"));
  }

  @Test
  void aDialectThatNobodySpeaksIsRefusedWhereItIsKnownWhatIsSpoken() throws Exception {
    String text = OFFERING.replace("dialect: openai", "dialect: esperanto");

    assertThat(refused(text).problems())
        .extracting(Problem::toString)
        .containsExactly("f.yaml:8: 'dialect' cannot be 'esperanto'; write one of openai, bedrock");
    assertThat(
            ControlReader.readTexts(Map.of("f.yaml", text), ControlSet.empty(), List.of())
                .offerings())
        .hasSize(1);
  }

  @Test
  void whereOnePolicyIsMeantThereMustBeOne() throws Exception {
    assertThat(ControlReader.onlyPolicy("f.yaml", read(POLICY)).getId()).isEqualTo("pack");
    ControlSet none = read(OFFERING);

    assertThat(
            catchThrowableOfType(
                    InvalidControlException.class, () -> ControlReader.onlyPolicy("f.yaml", none))
                .problems())
        .extracting(Problem::toString)
        .containsExactly(
            "f.yaml: 0 policies are in it; one is needed; keep one entry under 'policies'");
  }

  private static ControlSet read(String text) throws InvalidControlException {
    return ControlReader.readTexts(Map.of("f.yaml", text), ControlSet.empty(), DIALECTS);
  }

  private static InvalidControlException refused(String text) {
    return catchThrowableOfType(InvalidControlException.class, () -> read(text));
  }
}
