package io.dualtrack.gateway.console;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.gateway.Http;
import io.dualtrack.gateway.RunningGateway;
import io.dualtrack.gateway.RunningGateway.Gateway;
import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.review.ControlHistory;
import io.dualtrack.review.PolicyDiff;
import io.dualtrack.review.RecordedRequests;
import io.dualtrack.review.control.ControlReader;
import io.dualtrack.schemas.AbuseAlert;
import io.dualtrack.schemas.AlertKind;
import io.dualtrack.schemas.AuditFinding;
import io.dualtrack.schemas.AuditStatus;
import io.dualtrack.schemas.AuditVerdict;
import io.dualtrack.schemas.Candidate;
import io.dualtrack.schemas.ControlChange;
import io.dualtrack.schemas.CostRollup;
import io.dualtrack.schemas.Drill;
import io.dualtrack.schemas.Evidence;
import io.dualtrack.schemas.ExportState;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.Period;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RecommendedAction;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Topics;
import io.dualtrack.schemas.VerificationStatus;
import io.dualtrack.schemas.Weights;
import java.math.BigDecimal;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.utils.Utils;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** The console's APIs on a real broker, as its page and as scripts use them. */
@ExtendWith(RunningGateway.class)
class ConsoleIT {

  private static final String SWITCH = "/console/api/suspensions";
  private static final String PREVIEW = "/console/api/policy/preview";

  private final Gateway gateway;
  private final URI uri;

  ConsoleIT(Gateway gateway) {
    this.gateway = gateway;
    this.uri = gateway.uri();
  }

  @Test
  void keysOfTenantsSeeNothingOfTheDeployment() throws Exception {
    for (String path :
        List.of(
            "live",
            "offerings",
            "suspensions",
            "decisions",
            "audit",
            "costs",
            "budgets",
            "what-if",
            "focus.csv",
            "clusters")) {
      Http.assertError(
          Http.get(uri, "/console/api/" + path, RunningGateway.KEY),
          403,
          "insufficient_permissions");
    }
    Http.assertError(
        Http.get(uri, "/v1/files", RunningGateway.ANN_KEY), 403, "insufficient_permissions");
  }

  @Test
  void eachRoleReadsAndChangesOnlyWhatIsItsOwn() throws Exception {
    assertThat(get("live", RunningGateway.FIN_KEY).path("series")).hasSize(LiveFigures.SECONDS);
    assertThat(get("costs", RunningGateway.FIN_KEY).path("by").path(0).asText()).isEqualTo("day");
    for (String path : List.of("decisions", "audit", "clusters")) {
      Http.assertError(
          Http.get(uri, "/console/api/" + path, RunningGateway.FIN_KEY),
          403,
          "insufficient_permissions");
    }
    Http.assertError(
        Http.post(uri, SWITCH, RunningGateway.EVE_KEY, suspend("SUSPENDED")),
        403,
        "insufficient_permissions");
    Http.assertError(
        Http.post(uri, "/console/api/months/2026-01/close", RunningGateway.ANN_KEY, ""),
        403,
        "insufficient_permissions");
  }

  @Test
  void aSessionStandsForItsKeyUntilItEndsAndChangesNothingWithoutItsToken() throws Exception {
    HttpResponse<String> begun = Http.post(uri, "/console/api/session", RunningGateway.ANN_KEY, "");
    String cookie = begun.headers().firstValue("Set-Cookie").orElseThrow();
    String csrf = Http.json(begun).path("csrf").asText();
    String pair = cookie.substring(0, cookie.indexOf(';'));

    assertThat(cookie).contains("HttpOnly").contains("SameSite=Strict").contains("Path=/");
    assertThat(send(pair, null, "GET", "/console/api/session", "").statusCode()).isEqualTo(200);
    Http.assertError(
        send(pair, null, "POST", SWITCH, suspend("SUSPENDED")), 403, "csrf_token_missing");
    Http.assertError(
        send(pair, "another", "POST", SWITCH, suspend("SUSPENDED")), 403, "csrf_token_missing");
    assertThat(send(pair, csrf, "DELETE", "/console/api/session", "").statusCode()).isEqualTo(200);
    Http.assertError(send(pair, csrf, "GET", "/console/api/session", ""), 401, "session_ended");
  }

  @Test
  void onePersonPullsTheSwitchAndTwoOpenItAgain() throws Exception {
    gateway.broker().send(Topics.OFFERINGS, "switch-eu", offering());
    gateway.broker().flush();

    assertThat(command(RunningGateway.ANN_KEY, "SUSPENDED").path("outcome").asText())
        .isEqualTo("applied");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(get("offerings", RunningGateway.FIN_KEY).findValuesAsText("state"))
                    .contains("SUSPENDED"));
    JsonNode asked = command(RunningGateway.ANN_KEY, "OPEN");
    assertThat(asked.path("outcome").asText()).isEqualTo("asked");
    assertThat(asked.at("/suspension/reopening/actor").asText()).isEqualTo("staff/ann");
    Http.assertError(
        Http.post(uri, SWITCH, RunningGateway.ANN_KEY, suspend("OPEN")), 409, "denied");
    JsonNode opened = command(RunningGateway.BOB_KEY, "OPEN").path("suspension");
    assertThat(opened.path("state").asText()).isEqualTo("OPEN");
    assertThat(opened.path("approver").asText()).isEqualTo("staff/bob");
    Http.assertError(
        Http.post(
            uri, SWITCH, RunningGateway.ANN_KEY, suspend("SUSPENDED").replace("switch-eu", "none")),
        400,
        "unknown_subject");
  }

  @Test
  void aDrillThatRunsIsShownBesideTheCommandsAndNotAsOne() throws Exception {
    Suspension drill =
        Suspension.newBuilder()
            .setScope(SuspensionScope.DRILL)
            .setId("PROVIDER:drilled")
            .setSuspended(false)
            .setReason("quarterly")
            .setActor("ann")
            .setAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
            .setEpoch(1)
            .setDrill(
                new Drill(
                    "d1",
                    SuspensionScope.PROVIDER,
                    "drilled",
                    BigDecimal.TEN.setScale(18),
                    Instant.now().plusSeconds(600).truncatedTo(ChronoUnit.MILLIS)))
            .build();
    gateway.broker().send(Topics.SUSPENSIONS, "DRILL:PROVIDER:drilled", drill);
    gateway.broker().flush();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(get("suspensions", RunningGateway.FIN_KEY).at("/drills/0/subject"))
                    .hasToString("\"drilled\""));
    JsonNode shown = get("suspensions", RunningGateway.FIN_KEY);
    assertThat(shown.at("/drills/0/percent").asInt()).isEqualTo(10);
    assertThat(shown.path("suspensions").findValuesAsText("scope")).doesNotContain("DRILL");
  }

  @Test
  void howFarReadersAreBehindIsWhatTheyHaveNotCommitted() throws Exception {
    for (int i = 0; i < 3; i++) {
      gateway.broker().sendRaw(Topics.SHADOW_PAIRS, "one partition", new byte[] {1});
    }
    gateway.broker().flush();
    awaitLag(3, false);

    int partition = Utils.toPositive(Utils.murmur2("one partition".getBytes(UTF_8))) % 4;
    gateway
        .broker()
        .admin()
        .alterConsumerGroupOffsets(
            "dualtrack-comparison",
            Map.of(
                new TopicPartition(Topics.SHADOW_PAIRS.name(), partition),
                new OffsetAndMetadata(1)))
        .all()
        .get();
    // One of the two that are left would be the marker that ended a transaction.
    awaitLag(1, true);
  }

  private void awaitLag(int records, boolean committed) {
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(get("live", RunningGateway.FIN_KEY).path("lag"))
                    .filteredOn(lag -> lag.path("reader").asText().equals("comparison job"))
                    .singleElement()
                    .hasToString(
                        ("{\"reader\":\"comparison job\",\"topic\":\"dualtrack.shadow.pairs\","
                                + "\"records\":%d,\"committed\":%s}")
                            .formatted(records, committed)));
  }

  @Test
  void aDecisionIsFoundAndExplainedWithItsReasons() throws Exception {
    get("decisions", RunningGateway.ANN_KEY);
    gateway.broker().send(Topics.AUDIT, "console-1", decision("console-1"));
    gateway.broker().flush();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(
                        get("decisions?q=console-1&outcome=refused", RunningGateway.ANN_KEY)
                            .path("matching")
                            .asInt())
                    .isEqualTo(1));
    JsonNode explained = get("decisions/console-1", RunningGateway.ANN_KEY);
    assertThat(explained.at("/decisions/0/refusal/0/text").asText()).isEqualTo("not <b>there</b>");
    Http.assertError(
        Http.get(uri, "/console/api/decisions/nobody-has-this", RunningGateway.ANN_KEY),
        404,
        "not_found");
  }

  @Test
  void aClusterIsThrottledAndThatIsUndone() throws Exception {
    gateway.broker().send(Topics.ABUSE_ALERTS, "console-c1-1", alert());
    gateway.broker().flush();
    String actions = "/console/api/clusters/console-c1/actions";

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(get("clusters", RunningGateway.EVE_KEY).findValuesAsText("id"))
                    .contains("console-c1"));
    HttpResponse<String> done =
        Http.post(
            uri,
            actions,
            RunningGateway.EVE_KEY,
            "{\"action\":\"THROTTLE\",\"per_minute\":3,\"reason\":\"case 17\"}");
    assertThat(done.statusCode()).as(done.body()).isEqualTo(200);
    assertThat(Http.json(done).path("accounts").asInt()).isEqualTo(2);
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(
                        get("clusters/console-c1", RunningGateway.EVE_KEY)
                            .at("/actions/0/actor")
                            .asText())
                    .isEqualTo("staff/eve"));
    HttpResponse<String> undone =
        Http.post(
            uri, actions, RunningGateway.EVE_KEY, "{\"undo\":true,\"reason\":\"appeal granted\"}");
    assertThat(Http.json(undone).path("accounts").asInt()).isEqualTo(2);
    Http.assertError(
        Http.post(uri, actions, RunningGateway.EVE_KEY, "{\"undo\":true,\"reason\":\"once more\"}"),
        409,
        "denied");
  }

  @Test
  void costsAreSummedAndDownloadedAndARunningMonthIsNotClosed() throws Exception {
    get("costs", RunningGateway.FIN_KEY);
    gateway.broker().send(Topics.COST_ROLLUPS, "console-day", rollup());
    gateway.broker().flush();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(
                        get("costs?by=model", RunningGateway.FIN_KEY)
                            .at("/lines/0/cost_usd")
                            .asText())
                    .isEqualTo("1.5"));
    assertThat(Http.get(uri, "/console/api/costs.csv?by=model", RunningGateway.FIN_KEY).body())
        .contains("\r\n'=1+1,1,15,0,1.5,");
    String month = Instant.now().toString().substring(0, 7);
    Http.assertError(
        Http.post(uri, "/console/api/months/%s/close".formatted(month), RunningGateway.FIN_KEY, ""),
        409,
        "month_not_over");
    Http.assertError(
        Http.get(uri, "/console/api/costs?by=prompt", RunningGateway.FIN_KEY),
        400,
        "invalid_parameter");
  }

  @Test
  void aMonthIsPricedElsewhereAndDownloadedByTheRulesOfTheCommandLine() throws Exception {
    gateway.broker().send(Topics.OFFERINGS, "home", LedgerSamples.home(offering()));
    gateway.broker().send(Topics.PRICES, "home@1", LedgerSamples.price());
    gateway.broker().send(Topics.COST_LEDGER, "acme", LedgerSamples.row());
    gateway.broker().flush();
    String month = LedgerSamples.MONTH;
    String asked = "what-if?month=%s&model=gpt%%3Csol%%3E&to=home".formatted(month);

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(Http.get(uri, "/console/api/" + asked, RunningGateway.FIN_KEY).body())
                    .contains("\"offering\":\"home\""));
    JsonNode compared = get(asked, RunningGateway.FIN_KEY);
    assertThat(compared.path("cost_usd").asText()).isEqualTo("30");
    assertThat(compared.at("/candidates/0/cost_usd").asText()).isEqualTo("11");
    assertThat(compared.at("/candidates/0/saves_usd").asText()).isEqualTo("19");
    HttpResponse<String> focus =
        Http.get(uri, "/console/api/focus.csv?month=" + month, RunningGateway.FIN_KEY);
    assertThat(focus.headers().firstValue("Content-Type").orElseThrow()).startsWith("text/csv");
    assertThat(focus.body().lines()).hasSize(2);
    assertThat(focus.body())
        .startsWith("BilledCost,BillingAccountId,")
        .contains("\r\n30,dualtrack,");

    for (String wrong :
        List.of(
            "what-if?month=June&model=m&to=home",
            "what-if?month=2026-06&to=home",
            "what-if?month=2026-06&model=m&to=nowhere",
            "focus.csv?month=2026-06&version=9")) {
      Http.assertError(
          Http.get(uri, "/console/api/" + wrong, RunningGateway.FIN_KEY), 400, "invalid_parameter");
    }
    for (String path : List.of(asked, "focus.csv?month=" + month)) {
      Http.assertError(
          Http.get(uri, "/console/api/" + path, RunningGateway.ANN_KEY),
          403,
          "insufficient_permissions");
    }
  }

  @Test
  void aPolicyIsTriedByTheRuleOfTheCommandLineAndNothingIsPublished() throws Exception {
    get("decisions", RunningGateway.ANN_KEY);
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    for (SpecificRecord record :
        List.of(PolicySamples.tenant(), offering(), PolicySamples.inForce(now))) {
      gateway
          .broker()
          .send(
              Topics.CONTROL_HISTORY, "k", new ControlChange(now.minusSeconds(60), "ann", record));
    }
    for (String id : List.of("tried-1", "tried-2")) {
      RoutingDecision decision = decision(id);
      decision.setTenant(PolicySamples.TENANT);
      gateway.broker().send(Topics.AUDIT, id, decision);
    }
    gateway.broker().flush();
    await()
        .atMost(Duration.ofSeconds(20))
        .until(
            () ->
                get("decisions?q=tried-", RunningGateway.ANN_KEY).path("matching").asInt() == 2
                    && get("decisions", RunningGateway.ANN_KEY).path("complete").asBoolean());

    JsonNode compared = tried(PolicySamples.PROPOSED);

    assertThat(compared.path("outcome").asText()).isEqualTo("compared");
    assertThat(compared.at("/rules/0/source").asText()).isEqualTo("<b>letter</b>");
    assertThat(compared.path("groups"))
        .filteredOn(group -> group.path("tenant").asText().equals(PolicySamples.TENANT))
        .singleElement()
        .satisfies(
            group -> {
              assertThat(group.path("kind").asText()).isEqualTo("REFUSED_NOW");
              assertThat(group.path("before").asText()).isEqualTo("switch-eu");
              assertThat(group.path("requests").asInt()).isEqualTo(2);
              assertThat(group.path("why")).hasToString("[\"+NO_SWITCH[no-switch] switch-eu\"]");
            });
    KafkaAccess kafka = KafkaAccess.at(gateway.broker().bootstrap());
    SchemaRegistry registry = gateway.broker().registry();
    PolicyDiff.Result byCommand =
        new PolicyDiff(
                ControlHistory.read(kafka, registry),
                PolicySamples.inForce(now),
                ControlReader.readTexts(
                        Map.of("f", PolicySamples.PROPOSED), ControlSet.empty(), List.of())
                    .policies()
                    .get(0))
            .of(RecordedRequests.latest(kafka, registry, Instant.EPOCH, 100_000));
    assertThat(compared.path("decided").asLong()).isEqualTo(byCommand.decided());
    assertThat(compared.path("changed").asInt()).isEqualTo(byCommand.changes().size());
    assertThat(new ControlTopics(kafka, registry, Clock.systemUTC()).read().policies()).isEmpty();

    JsonNode invalid = tried(PolicySamples.PROPOSED.replace("model ==", "modle =="));
    assertThat(invalid.path("outcome").asText()).isEqualTo("invalid");
    assertThat(invalid.at("/problems/0/document").asText()).isEqualTo("p.yaml");
    assertThat(invalid.at("/problems/0/line").asInt()).isEqualTo(9);
    assertThat(invalid.at("/problems/0/what").asText()).contains("'condition' of rule 'no-switch'");
    assertThat(invalid.at("/problems/0/remedy").asText()).startsWith("mend it");
    assertThat(tried("policies: []").at("/problems/0/what").asText())
        .isEqualTo("0 policies are in it; one is needed");
    for (String wrong : List.of("{}", "{\"documents\":[{\"name\":\"a\"}]}")) {
      Http.assertError(
          Http.post(uri, PREVIEW, RunningGateway.ANN_KEY, wrong), 400, "invalid_parameter");
    }
    Http.assertError(
        Http.post(uri, PREVIEW, RunningGateway.ANN_KEY, " ".repeat(600_000)),
        413,
        "request_too_large");
    for (String key : List.of(RunningGateway.FIN_KEY, RunningGateway.KEY)) {
      Http.assertError(Http.post(uri, PREVIEW, key, "{}"), 403, "insufficient_permissions");
    }
  }

  private JsonNode tried(String policy) throws Exception {
    HttpResponse<String> answer =
        Http.post(uri, PREVIEW, RunningGateway.ANN_KEY, PolicySamples.asked(policy));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Http.json(answer);
  }

  @Test
  void whatTheSealerSaysOfTheTrailIsShown() throws Exception {
    get("audit", RunningGateway.ANN_KEY);
    Instant now = Instant.now().truncatedTo(ChronoUnit.MILLIS);
    gateway
        .broker()
        .send(
            Topics.AUDIT_STATUS,
            "verification",
            new AuditStatus(
                now,
                null,
                new VerificationStatus(
                    now,
                    AuditVerdict.DOES_NOT_HOLD,
                    7L,
                    0L,
                    1L,
                    now,
                    0L,
                    1,
                    List.of(new AuditFinding("ALTERED", Topics.AUDIT.name(), 0, 3L, 1L)),
                    now.plusSeconds(60))));
    gateway.broker().flush();

    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(get("audit", RunningGateway.ANN_KEY).path("state").asText())
                    .isEqualTo("DOES_NOT_HOLD"));
    JsonNode shown = get("audit", RunningGateway.ANN_KEY);
    assertThat(shown.at("/verification/findings/0/kind").asText()).isEqualTo("ALTERED");
    assertThat(shown.path("sealing").isNull()).isTrue();
  }

  private JsonNode get(String path, String key) throws Exception {
    HttpResponse<String> answer = Http.get(uri, "/console/api/" + path, key);
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Http.json(answer);
  }

  private JsonNode command(String key, String state) throws Exception {
    HttpResponse<String> answer = Http.post(uri, SWITCH, key, suspend(state));
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    return Http.json(answer);
  }

  private static String suspend(String state) {
    return "{\"scope\":\"OFFERING\",\"id\":\"switch-eu\",\"state\":\"%s\",\"reason\":\"letter\"}"
        .formatted(state);
  }

  private HttpResponse<String> send(
      String cookie, String csrf, String method, String path, String body) throws Exception {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri.resolve(path))
            .header("Cookie", cookie)
            .method(method, BodyPublishers.ofString(body));
    if (csrf != null) {
      request.header("X-CSRF-Token", csrf);
    }
    return HttpClient.newHttpClient().send(request.build(), BodyHandlers.ofString());
  }

  private static Offering offering() {
    return Offering.newBuilder()
        .setId("switch-eu")
        .setModel("m")
        .setProviderModel("m")
        .setProvider("p")
        .setLane(Lane.API)
        .setWeights(Weights.CLOSED)
        .setDialect("openai")
        .setEndpoint("sandbox")
        .setProcessingRegions(List.of("EU"))
        .setStorageRegions(List.of("EU"))
        .setProviderCountry("US")
        .setAttestations(List.of())
        .setExportState(ExportState.OPEN)
        .setPartners(List.of())
        .setMaxConcurrency(1)
        .setTimeoutSeconds(1)
        .setEffectiveFrom(Instant.EPOCH)
        .build();
  }

  private static RoutingDecision decision(String id) {
    return RoutingDecision.newBuilder()
        .setRequestId(id)
        .setTenant("acme")
        .setAccount("")
        .setAttempt(1)
        .setDecidedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .setInputHash("")
        .setAttributes(List.of())
        .setJurisdictions(List.of("EU"))
        .setModel("m")
        .setPolicy("p")
        .setPolicyVersion("1")
        .setSuspensionEpoch(0)
        .setCandidates(
            List.of(
                Candidate.newBuilder()
                    .setOffering("switch-eu")
                    .setLane(Lane.API)
                    .setPermitted(false)
                    .setReasons(List.of(new Reason("r", "PROC_REGION", "not <b>there</b>")))
                    .build()))
        .setPermitted(List.of())
        .setRefusal(List.of(new Reason("r", "PROC_REGION", "not <b>there</b>")))
        .build();
  }

  private static AbuseAlert alert() {
    return AbuseAlert.newBuilder()
        .setAlertId("console-c1-1")
        .setKind(AlertKind.CLUSTER)
        .setClusterId("console-c1")
        .setRaisedAt(Instant.now().truncatedTo(ChronoUnit.MILLIS))
        .setScore(0.9)
        .setAccountsAdded(List.of("seat-1", "seat-2"))
        .setTenantsAdded(List.of("acme", "globex"))
        .setAccountCount(2)
        .setEvidence(List.of(new Evidence("S1", "one card")))
        .setRecommendedAction(RecommendedAction.THROTTLE)
        .build();
  }

  private static CostRollup rollup() {
    return CostRollup.newBuilder()
        .setRollupId("console-day")
        .setPeriod(Period.DAY)
        .setPeriodStart(Instant.now().truncatedTo(ChronoUnit.DAYS))
        .setTenant("acme")
        .setModel("=1+1")
        .setLane(Lane.API)
        .setJurisdiction("EU")
        .setCurrency("USD")
        .setExchanges(1)
        .setUncachedInput(10)
        .setCacheRead(0)
        .setCacheWrite(0)
        .setOutput(5)
        .setUnpricedTokens(0)
        .setCost(new BigDecimal("1.500000000000000000"))
        .setSaved(new BigDecimal("0.000000000000000000"))
        .build();
  }
}
