package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.offering;
import static io.dualtrack.policy.PolicyRecords.policy;
import static io.dualtrack.policy.PolicyRecords.rule;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.completion;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.request;
import static io.dualtrack.topology.Records.suspension;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DeadLetter;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Lane;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.RuleEffect;
import io.dualtrack.schemas.ServiceClass;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.TenantStatus;
import io.dualtrack.schemas.Topics;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.apache.kafka.streams.StreamsConfig;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TopologyTest {

  private static final String ANSWER = "{\"choices\":[]}";

  @TempDir Path folder;
  private TopologyHarness topology;

  @BeforeEach
  void start() {
    topology = new TopologyHarness(folder).withControl();
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void aPermittedRequestIsOrderedAuditedAndAnswered() {
    topology.request(request("r1", chat("hello")).setLine(7L).setCustomId("line-7"));

    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getOffering()).isEqualTo("gpt-api");
    assertThat(order.getFlight()).isEqualTo(order.getCacheKey());
    assertThat(order.getBody()).isEqualTo(chat("hello"));
    RoutingDecision decision = topology.decisions().get(0);
    assertThat(decision.getPermitted()).containsExactly("gpt-api", "llama-home");
    assertThat(decision.getPolicyVersion()).isEqualTo("1");

    topology.complete(answered(order, ANSWER));

    var result = topology.readKeyed(Topics.RESULTS).get(0);
    assertThat(result.key).isEqualTo("batch-1");
    assertThat(result.value.getOutcome()).isEqualTo(Outcome.ANSWERED);
    assertThat(result.value.getSource()).isEqualTo(AnswerSource.PROVIDER);
    assertThat(result.value.getBody()).isEqualTo(ANSWER);
    assertThat(result.value.getCustomId()).isEqualTo("line-7");
    assertThat(result.value.getLine()).isEqualTo(7L);
    var exchange = topology.readKeyed(Topics.EXCHANGES).get(0);
    assertThat(exchange.key).isEqualTo("acme");
    assertThat(exchange.value.getExchangeId()).isEqualTo("r1");
    assertThat(exchange.value.getUsage().getOutput()).isEqualTo(5);
    assertThat(exchange.value.getCostCentre()).isEqualTo("research");
    assertThat(exchange.value.getRelations().getPayment()).isEqualTo("card-1");
    assertThat(exchange.value.getAt()).isEqualTo(order.getCreatedAt().plusSeconds(1));
    assertThat(exchange.value.getFeatures().getMinHash().remaining()).isEqualTo(256);
    assertThat(topology.rows("flights") + topology.rows("waiters") + topology.rows("deadlines"))
        .isZero();
  }

  @Test
  void ordersGoToTheTopicOfTheirLaneAndClass() {
    topology.request(request("r1", chat("a")).setServiceClass(ServiceClass.INTERACTIVE));
    assertThat(topology.readKeyed(Topics.ORDERS_API_INTERACTIVE)).hasSize(1);

    topology.suspend(suspension(SuspensionScope.OFFERING, "gpt-api", true, 1));
    topology.request(request("r2", chat("b")));
    assertThat(topology.readKeyed(Topics.ORDERS_LOCAL_BATCH)).hasSize(1);
  }

  @Test
  void anEqualRequestInFlightWaitsWithTheFirstAndOneCallAnswersBoth() {
    topology.request(request("r1", chat("same")));
    DispatchOrder order = topology.onlyOrder();
    topology.request(
        request(
            "r2",
            "{\"messages\":[{\"content\":\"same\",\"role\":\"user\"}], \"user\":\"u\",  \"temperature\":0.0,\"model\":\"gpt\"}"));
    assertThat(topology.orders()).isEmpty();

    topology.complete(answered(order, ANSWER));

    assertThat(topology.results())
        .extracting(InferenceResult::getRequestId, InferenceResult::getSource)
        .containsExactlyInAnyOrder(
            tuple("r1", AnswerSource.PROVIDER), tuple("r2", AnswerSource.JOINED));
    assertThat(topology.exchanges())
        .filteredOn(exchange -> exchange.getSource() == AnswerSource.PROVIDER)
        .hasSize(1);
  }

  @Test
  void anEqualRequestAfterTheAnswerIsAnsweredFromTheCache() {
    topology.request(request("r1", chat("same")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.results();

    topology.request(request("r2", chat("same")));

    assertThat(topology.orders()).isEmpty();
    InferenceResult result = topology.onlyResult();
    assertThat(result.getSource()).isEqualTo(AnswerSource.CACHE);
    assertThat(result.getBody()).isEqualTo(ANSWER);
    assertThat(topology.exchanges())
        .last()
        .satisfies(exchange -> assertThat(exchange.getUsage().getUncachedInput()).isEqualTo(10));
  }

  @Test
  void aCachedAnswerExpires() {
    topology.request(request("r1", chat("same")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.advance(Duration.ofSeconds(601));
    assertThat(topology.rows("answers")).isZero();

    topology.request(request("r2", chat("same")));

    assertThat(topology.orders()).hasSize(1);
  }

  @Test
  void aNewerAnswerOutlivesTheExpiryOfTheOneItReplaced() {
    topology.request(request("r1", chat("same")));
    DispatchOrder first = topology.onlyOrder();
    topology.suspend(suspension(SuspensionScope.OFFERING, "gpt-api", true, 1));
    topology.complete(answered(first, ANSWER));
    topology.advance(Duration.ofSeconds(300));
    // The entry is of a suspended offering, so the second request is ordered anew.
    topology.request(request("r2", chat("same")));
    topology.complete(answered(topology.onlyOrder(), "{\"newer\":1}"));
    topology.results();

    topology.advance(Duration.ofSeconds(400));
    topology.request(request("r3", chat("same")));

    assertThat(topology.onlyResult().getBody()).isEqualTo("{\"newer\":1}");
  }

  @Test
  void aRequestThatNobodyAnswersExpiresAtItsDeadline() {
    topology.request(request("r1", chat("slow")));
    topology.advance(Duration.ofMinutes(59));
    assertThat(topology.results()).isEmpty();

    topology.advance(Duration.ofMinutes(2));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getOutcome()).isEqualTo(Outcome.EXPIRED);
    assertThat(result.getStatusCode()).isEqualTo(408);
    assertThat(result.getErrorCode()).isEqualTo("expired");
  }

  @Test
  void anAnswerThatComesAfterEveryDeadlineIsCountedAndKept() {
    topology.request(request("r1", chat("slow")));
    DispatchOrder order = topology.onlyOrder();
    topology.advance(Duration.ofMinutes(61));
    topology.results();
    topology.exchanges();

    topology.complete(answered(order, ANSWER));

    assertThat(topology.results()).isEmpty();
    Exchange paid = topology.exchanges().get(0);
    assertThat(paid.getExchangeId()).isEqualTo(order.getOrderId());
    assertThat(paid.getSource()).isEqualTo(AnswerSource.PROVIDER);
    assertThat(paid.getUsage().getOutput()).isEqualTo(5);
    topology.request(request("r2", chat("slow")).setDeadline(START.plus(Duration.ofHours(5))));
    assertThat(topology.onlyResult().getSource()).isEqualTo(AnswerSource.CACHE);
  }

  @Test
  void aFlightThatNobodyWaitsForIsForgottenAtLast() {
    topology.request(request("r1", chat("slow")));
    topology.advance(Duration.ofMinutes(61));
    assertThat(topology.rows("flights")).isEqualTo(1);

    topology.advance(Duration.ofHours(25));

    assertThat(topology.rows("flights") + topology.rows("deadlines")).isZero();
  }

  @Test
  void whereTheLeaderExpiredTheNextWaiterBearsTheCall() {
    topology.request(request("r1", chat("same")).setDeadline(START.plusSeconds(60)));
    DispatchOrder order = topology.onlyOrder();
    topology.request(request("r2", chat("same")));
    topology.advance(Duration.ofSeconds(90));
    assertThat(topology.onlyResult().getRequestId()).isEqualTo("r1");

    topology.complete(answered(order, ANSWER));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getRequestId()).isEqualTo("r2");
    assertThat(result.getSource()).isEqualTo(AnswerSource.PROVIDER);
  }

  @Test
  void anOrderThatWasTooLateForItsLeaderIsSentAgainForWhoStillHasTime() {
    topology.request(request("r1", chat("same")).setDeadline(START.plusSeconds(60)));
    DispatchOrder order = topology.onlyOrder();
    topology.request(request("r2", chat("same")));
    topology.advance(Duration.ofSeconds(90));
    topology.results();

    topology.complete(completion(order, CompletionStatus.EXPIRED).setStatusCode(0).build());

    DispatchOrder again = topology.onlyOrder();
    assertThat(again.getRequestId()).isEqualTo("r2");
    assertThat(again.getOffering()).isEqualTo("gpt-api");
    assertThat(again.getOrderId()).isNotEqualTo(order.getOrderId());
    topology.complete(answered(again, ANSWER));
    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.ANSWERED);
  }

  @Test
  void aLeaderThatIsReplacedBecauseAnotherHasMoreTimeStillWaits() {
    topology.request(request("r1", chat("same")).setDeadline(START.plusSeconds(60)));
    DispatchOrder order = topology.onlyOrder();
    topology.request(request("r2", chat("same")));

    topology.complete(completion(order, CompletionStatus.EXPIRED).setStatusCode(0).build());

    DispatchOrder again = topology.onlyOrder();
    assertThat(again.getRequestId()).isEqualTo("r2");
    topology.request(request("r1", chat("same")).setDeadline(START.plusSeconds(60)));
    topology.complete(answered(again, ANSWER));
    assertThat(topology.results())
        .extracting(InferenceResult::getRequestId)
        .containsExactly("r2", "r1");
    assertThat(topology.rows("flights") + topology.rows("waiters") + topology.rows("deadlines"))
        .isZero();
  }

  @Test
  void afterAFailureTheNextOfferingIsTriedAndBothDecisionsAreAudited() {
    topology.request(request("r1", chat("hello")));
    DispatchOrder first = topology.onlyOrder();

    topology.complete(failed(first, 429));

    DispatchOrder second = topology.onlyOrder();
    assertThat(second.getOffering()).isEqualTo("llama-home");
    assertThat(second.getLane()).isEqualTo(Lane.LOCAL);
    assertThat(second.getAttempt()).isEqualTo(2);
    assertThat(topology.decisions())
        .extracting(RoutingDecision::getAttempt, RoutingDecision::getPermitted)
        .containsExactly(
            tuple(1, List.of("gpt-api", "llama-home")), tuple(2, List.of("llama-home")));
    topology.complete(answered(second, ANSWER));
    assertThat(topology.onlyResult().getOffering()).isEqualTo("llama-home");
  }

  @Test
  void whenEveryOfferingFailedTheResultHoldsTheLastError() {
    topology.request(request("r1", chat("hello")));
    topology.complete(failed(topology.onlyOrder(), 429));
    topology.complete(failed(topology.onlyOrder(), 503));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getOutcome()).isEqualTo(Outcome.FAILED);
    assertThat(result.getStatusCode()).isEqualTo(503);
    assertThat(result.getErrorCode()).isEqualTo("rate_limited");
    assertThat(result.getOffering()).isEqualTo("llama-home");
  }

  @Test
  void aFailureThatWasBilledIsCounted() {
    topology.request(request("r1", chat("hello")));
    DispatchOrder order = topology.onlyOrder();
    var billed = failed(order, 500);
    billed.setUsage(answered(order, ANSWER).getUsage());

    topology.complete(billed);

    Exchange paid = topology.exchanges().get(0);
    assertThat(paid.getExchangeId()).isEqualTo(order.getOrderId());
    assertThat(paid.getOutcome()).isEqualTo(Outcome.FAILED);
  }

  @Test
  void whatTheProviderRejectsFailsForAllWhoWaitWithTheProvidersError() {
    topology.request(request("r1", chat("same")));
    topology.request(request("r2", chat("same")));
    DispatchOrder order = topology.onlyOrder();

    topology.complete(
        completion(order, CompletionStatus.REJECTED)
            .setStatusCode(422)
            .setBody("{\"error\":{}}")
            .setErrorCode("invalid_request")
            .build());

    assertThat(topology.results())
        .extracting(InferenceResult::getOutcome, InferenceResult::getStatusCode)
        .containsExactly(tuple(Outcome.FAILED, 422), tuple(Outcome.FAILED, 422));
    assertThat(topology.orders()).isEmpty();
  }

  @Test
  void aRefusalNamesAllReasonsAndIsAudited() {
    topology.policy(
        policy(
            "2",
            rule("no-api", RuleEffect.DENY, "lane == 'API'").build(),
            rule("no-llama", RuleEffect.DENY, "offering_model == 'llama'").build()));

    topology.request(request("r1", chat("hello")));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.getStatusCode()).isEqualTo(403);
    assertThat(result.getReasons())
        .extracting(Reason::getCode)
        .containsExactly("NO_API", "NO_LLAMA");
    assertThat(topology.decisions().get(0).getRefusal()).hasSize(2);
    assertThat(topology.orders()).isEmpty();
    assertThat(topology.exchanges()).hasSize(1);
  }

  @Test
  void aRecordThatCannotBeReadGoesToTheDeadLettersAndTheNextIsProcessed() {
    topology.close();
    topology =
        new TopologyHarness(folder, StreamsConfig.AT_LEAST_ONCE, TopologyHarness.features())
            .withControl();
    topology.bytes(Topics.REQUESTS, "r0", "not avro".getBytes(StandardCharsets.UTF_8));
    topology.bytes(Topics.REQUESTS, "r0", null);
    topology.bytes(Topics.COMPLETIONS, "k", new byte[] {0, 0, 0, 0, 99, 1});
    topology.bytes(Topics.POLICIES, "house", new byte[] {1});

    topology.request(request("r1", chat("hello")));

    assertThat(topology.deadLetters())
        .extracting(DeadLetter::getTopic, DeadLetter::getOffset, DeadLetter::getErrorCode)
        .containsExactlyInAnyOrder(
            tuple(Topics.REQUESTS.name(), 0L, "undecodable"),
            tuple(Topics.REQUESTS.name(), 1L, "empty"),
            tuple(Topics.COMPLETIONS.name(), 0L, "undecodable"));
    assertThat(topology.orders()).hasSize(1);
  }

  @Test
  void aRecordThatAStageFailsOnEndsInOneResultAndADeadLetter() {
    topology.close();
    topology = new TopologyHarness(folder, StreamsConfig.EXACTLY_ONCE_V2, null).withControl();

    topology.request(request("r1", chat("hello")));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getOutcome()).isEqualTo(Outcome.FAILED);
    assertThat(result.getStatusCode()).isEqualTo(500);
    assertThat(result.getErrorCode()).isEqualTo("internal_error");
    assertThat(topology.exchanges()).hasSize(1);
    assertThat(topology.deadLetters())
        .extracting(DeadLetter::getErrorCode, DeadLetter::getErrorMessage)
        .containsExactly(tuple("processing_failed", "NullPointerException in decide"));
  }

  @Test
  void aSuspensionBetweenDecisionAndCompletionSendsTheRequestElsewhere() {
    topology.request(request("r1", chat("hello")));
    DispatchOrder order = topology.onlyOrder();
    topology.suspend(suspension(SuspensionScope.PROVIDER, "openai", true, 1));

    topology.complete(
        completion(order, CompletionStatus.SUSPENDED)
            .setStatusCode(0)
            .setErrorCode("suspended")
            .build());

    DispatchOrder second = topology.onlyOrder();
    assertThat(second.getOffering()).isEqualTo("llama-home");
    assertThat(second.getSuspensionEpoch()).isEqualTo(1);
    assertThat(topology.decisions().get(1).getCandidates().get(0).getReasons())
        .extracting(Reason::getCode)
        .contains("SUSPENDED");
  }

  @Test
  void whatPolicyForbidsMeanwhileIsRefusedAndNotFailed() {
    topology.request(request("r1", chat("hello")));
    DispatchOrder order = topology.onlyOrder();
    topology.policy(policy("2", rule("nothing", RuleEffect.DENY, "true").build()));

    topology.complete(failed(order, 500));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.getReasons()).extracting(Reason::getCode).contains("NOTHING");
  }

  @Test
  void aTenantThatIsCutOffWhileItWaitsIsRefusedAndTheCostIsCounted() {
    topology.request(request("r1", chat("hello")));
    DispatchOrder order = topology.onlyOrder();
    topology.tenant(tenant("acme").setStatus(TenantStatus.CUT_OFF));

    topology.complete(answered(order, ANSWER));

    InferenceResult result = topology.onlyResult();
    assertThat(result.getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(result.getBody()).isNull();
    assertThat(topology.exchanges())
        .extracting(Exchange::getExchangeId, Exchange::getSource)
        .containsExactlyInAnyOrder(
            tuple(order.getOrderId(), AnswerSource.PROVIDER), tuple("r1", AnswerSource.NONE));
  }

  @Test
  void aTenantThatIsCutOffGetsNoCachedAnswer() {
    topology.request(request("r1", chat("same")));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.results();
    topology.suspend(suspension(SuspensionScope.TENANT, "acme", true, 1));

    topology.request(request("r2", chat("same")));

    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.REFUSED);
    topology.request(request("r3", chat("same")).setTenant("globex"));
    assertThat(topology.orders()).hasSize(1);
  }

  @Test
  void anAnswerOrFlightOfAnOfferingThatTheRequestMayNotUseIsNotShared() {
    topology.policy(
        policy(
            "2",
            rule("personal-at-home", RuleEffect.DENY, "'personal' in data_classes && lane == 'API'")
                .build()));
    String personal = ",\"metadata\":{\"dualtrack.data_classes\":\"personal\"}";
    topology.request(request("r1", chat("same")));
    DispatchOrder api = topology.onlyOrder();

    topology.request(request("r2", chat("same", personal)));

    DispatchOrder home = topology.onlyOrder();
    assertThat(home.getCacheKey()).isEqualTo(api.getCacheKey());
    assertThat(home.getOffering()).isEqualTo("llama-home");
    assertThat(home.getFlight()).isNotEqualTo(api.getFlight());
    topology.complete(answered(api, ANSWER));
    assertThat(topology.onlyResult().getRequestId()).isEqualTo("r1");
    topology.request(request("r3", chat("same", personal)));
    assertThat(topology.onlyOrder().getOffering()).isEqualTo("llama-home");
  }

  @Test
  void waitersThatMayNotFollowTheFlightGetTheirOwn() {
    topology.offering(offering("llama-us", "llama", Lane.API).setProvider("other"));
    topology.policy(
        policy(
            "2",
            rule("personal", RuleEffect.DENY, "'personal' in data_classes && provider == 'other'")
                .build()));
    topology.request(request("r1", chat("same")));
    topology.request(
        request("r2", chat("same", ",\"metadata\":{\"dualtrack.data_classes\":\"personal\"}")));
    DispatchOrder shared = topology.onlyOrder();

    topology.complete(failed(shared, 500));

    List<DispatchOrder> orders = topology.orders();
    assertThat(orders)
        .extracting(DispatchOrder::getRequestId, DispatchOrder::getOffering)
        .containsExactlyInAnyOrder(tuple("r1", "llama-us"), tuple("r2", "llama-home"));
    orders.forEach(order -> topology.complete(answered(order, ANSWER)));
    assertThat(topology.results()).extracting(InferenceResult::getRequestId).hasSize(2);
  }

  @Test
  void sampledStreamedAndUnstorableRequestsNeverShareAnything() {
    List<String> bodies =
        List.of(
            "{\"model\":\"gpt\",\"messages\":[]}",
            "{\"model\":\"gpt\",\"messages\":[],\"temperature\":0.7}",
            chat("x", ",\"stream\":true"),
            chat("x", ",\"metadata\":{\"dualtrack.no_store\":\"true\"}"));
    for (String body : bodies) {
      topology.request(request("r1", body));
      topology.request(request("r2", body));
      List<DispatchOrder> orders = topology.orders();
      assertThat(orders).hasSize(2);
      orders.forEach(order -> topology.complete(answered(order, ANSWER)));
      topology.request(request("r3", body));
      topology.complete(answered(topology.onlyOrder(), ANSWER));
      assertThat(topology.results())
          .extracting(InferenceResult::getSource)
          .containsOnly(AnswerSource.PROVIDER);
    }
  }

  @Test
  void sampledRequestsAreSharedWithASeedOrWhereTheTenantAsked() {
    String seeded = "{\"model\":\"gpt\",\"messages\":[],\"temperature\":1,\"seed\":7}";
    topology.request(request("r1", seeded));
    topology.request(request("r2", seeded));
    assertThat(topology.orders()).hasSize(1);

    topology.tenant(tenant("acme").setCache(new CacheContract(true, 600L, true)));
    String sampled = "{\"model\":\"gpt\",\"messages\":[]}";
    topology.request(request("r3", sampled));
    topology.request(request("r4", sampled));
    assertThat(topology.orders()).hasSize(1);
  }

  @Test
  void tenantsAndResidencyZonesShareNothing() {
    topology.request(request("r1", chat("same")));
    topology.request(request("r2", chat("same")).setTenant("globex"));
    topology.request(request("r3", chat("same", ",\"metadata\":{\"dualtrack.regions\":\"EU\"}")));
    topology.request(
        request("r4", chat("same", ",\"metadata\":{\"dualtrack.processing\":\"EU,US\"}")));
    assertThat(topology.orders()).hasSize(4);
  }

  @Test
  void theCallersOwnTermsAreTakenOutOfTheBodyAndTheRestIsLeftAsItWas() {
    topology.request(
        request(
            "r1",
            "{\"model\":\"gpt\",\"top_p\":0.10,\"metadata\":{\"team\":\"x\",\"dualtrack.regions\":\"EU\"}}"));
    assertThat(topology.onlyOrder().getBody())
        .isEqualTo("{\"model\":\"gpt\",\"top_p\":0.10,\"metadata\":{\"team\":\"x\"}}");
  }

  @Test
  void aRequestThatIsReadTwiceWhileItWaitsIsAnsweredOnce() {
    for (String body : List.of(chat("shared"), "{\"model\":\"gpt\",\"messages\":[]}")) {
      topology.request(request("r1", body));
      topology.request(request("r1", body));

      topology.complete(answered(topology.onlyOrder(), ANSWER));

      assertThat(topology.results()).hasSize(1);
    }
    assertThat(topology.counted("dualtrack.topology.cache", "what", "duplicate")).isEqualTo(2);
  }

  @Test
  void aCompletionOfAnOrderThatIsNotOutAnyMoreIsIgnored() {
    topology.request(request("r1", chat("hello")));
    DispatchOrder first = topology.onlyOrder();
    topology.complete(failed(first, 500));
    topology.complete(answered(first, ANSWER));
    DispatchOrder second = topology.onlyOrder();
    topology.complete(answered(second, ANSWER));
    topology.complete(answered(second, ANSWER));

    assertThat(topology.results()).hasSize(1);
    assertThat(topology.counted("dualtrack.topology.completions.ignored")).isEqualTo(2);
  }

  @Test
  void invalidRequestsAreRefusedWithWhatToDo() {
    record Case(String code, int status, io.dualtrack.schemas.InferenceRequest.Builder request) {}
    List<Case> cases =
        List.of(
            new Case("BODY_NOT_JSON", 400, request("r", "{secret")),
            new Case("BODY_NOT_JSON", 400, request("r", "{\"model\":\"gpt\",\"model\":\"x\"}")),
            new Case("BODY_NO_OBJECT", 400, request("r", "[]")),
            new Case("MODEL_MISSING", 400, request("r", "{\"model\":3}")),
            new Case(
                "MODEL_INVALID",
                400,
                request("r", "{\"model\":\"%s\"}".formatted("x".repeat(300)))),
            new Case("BODY_TOO_LARGE", 400, request("r", chat("x".repeat(1024 * 1024)))),
            new Case(
                "ENDPOINT_UNSUPPORTED", 400, request("r", chat("x")).setEndpoint("/v1/images")),
            new Case("UNKNOWN_TENANT", 403, request("r", chat("x")).setTenant("nobody")),
            new Case("UNKNOWN_ACCOUNT", 403, request("r", chat("x")).setAccount("nobody")),
            new Case("UNKNOWN_MODEL", 404, request("r", "{\"model\":\"gtp\"}")),
            new Case("MODEL_NOT_IN_CONTRACT", 403, request("r", "{\"model\":\"llama\"}")),
            new Case(
                "METADATA_INVALID",
                400,
                request("r", chat("x", ",\"metadata\":{\"dualtrack.region\":\"EU\"}"))));
    for (Case each : cases) {
      topology.request(each.request());
      InferenceResult result = topology.onlyResult();
      assertThat(result.getOutcome()).as(each.code()).isEqualTo(Outcome.REFUSED);
      assertThat(result.getErrorCode()).isEqualTo(each.code());
      assertThat(result.getStatusCode()).as(each.code()).isEqualTo(each.status());
      assertThat(result.getErrorMessage()).isNotBlank().doesNotContain("secret");
      assertThat(topology.exchanges()).hasSize(1);
    }
    assertThat(topology.orders()).isEmpty();
  }

  @Test
  void aRequestThatCameTooLateExpiresAtOnce() {
    topology.request(request("r1", chat("x")).setDeadline(START));
    assertThat(topology.onlyResult().getOutcome()).isEqualTo(Outcome.EXPIRED);
    assertThat(topology.orders()).isEmpty();
  }

  @Test
  void anAnswerTooLargeForAResultFailsInsteadOfStoppingTheApplication() {
    topology.request(request("r1", chat("x")));
    topology.complete(answered(topology.onlyOrder(), "x".repeat(Topics.MAX_TEXT_RECORD_BYTES)));
    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("answer_too_large");
  }

  @Test
  void noTextLeavesThroughTheTopicsThatHoldNone() {
    topology.policy(policy("2", rule("no-api", RuleEffect.DENY, "lane == 'API'").build()));
    topology.request(request("r1", chat("canary-4711")));
    topology.complete(answered(topology.onlyOrder(), "{\"answer\":\"canary-4712\"}"));
    topology.request(request("r2", "{\"model\":\"gpt\",\"canary-4713"));

    assertThat(topology.exchanges().toString() + topology.decisions() + topology.deadLetters())
        .contains("r1")
        .doesNotContain("canary");
  }

  @Test
  void everyNodeAndStoreHasANameOfItsOwn() {
    assertThat(topology.topology().describe().toString())
        .doesNotContain("KSTREAM")
        .doesNotContain("KTABLE")
        .contains("routed-repartition", "Sub-topology: 0", "Sub-topology: 1");
  }
}
