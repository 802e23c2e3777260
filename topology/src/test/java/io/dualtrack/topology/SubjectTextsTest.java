package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.CachedAnswer;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.Flight;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.TextSubject;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.SubjectKeyFolder;
import io.dualtrack.texts.SubjectKeyService;
import io.dualtrack.texts.TenantSeal;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.apache.kafka.streams.KeyValue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A tenant whose accounts have text keys of their own: what they share, and what one takes along.
 */
class SubjectTextsTest {

  private static final String PROMPT = "prompt-canary";
  private static final String ANSWER = "{\"answer\":\"answer-canary\"}";
  private static final TextSubject SEAT_1 = new TextSubject("acme", "seat-1");

  @TempDir Path folder;

  private Instant now = START;
  private KeyFolder keys;
  private SubjectKeyFolder subjects;
  private TopologyHarness topology;

  @BeforeEach
  void start() throws IOException {
    keys = new KeyFolder(folder.resolve("text-keys"));
    keys.create("acme");
    subjects = new SubjectKeyFolder(keys, folder.resolve("text-keys"), () -> now);
    subjects.begin("acme");
    topology = started("first");
  }

  private TopologyHarness started(String name) {
    SubjectKeyService service = new SubjectKeyService(keys, Optional.of(subjects), () -> now);
    return new TopologyHarness(folder.resolve(name), new TenantSeal(service, () -> now))
        .withControl()
        .tenant(
            tenant("acme")
                .setAccounts(Stream.of("seat-1", "seat-2").map(SubjectTextsTest::seat).toList()));
  }

  private static Account seat(String id) {
    return Account.newBuilder().setId(id).setCostCentre("research").setPayment("card-1").build();
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  private static InferenceRequest.Builder ask(String id, String seat) {
    return request(id, chat(PROMPT)).setAccount(seat);
  }

  private void destroyKeyOfSeat1() throws IOException {
    assertThat(subjects.destroy(SEAT_1)).isTrue();
    secondsPass();
  }

  private void secondsPass() {
    now = now.plus(Duration.ofSeconds(10));
  }

  @Test
  void equalRequestsOfTwoAccountsAreTwoCallsAndTwoKeptAnswers() {
    topology.request(ask("r1", "seat-1"));
    DispatchOrder one = topology.onlyOrder();
    topology.request(ask("r2", "seat-2"));
    DispatchOrder two = topology.onlyOrder();
    topology.request(ask("r3", "seat-1"));
    assertThat(topology.orders()).as("of an account that waits already").isEmpty();
    assertThat(two.getCacheKey()).isNotEqualTo(one.getCacheKey());

    topology.complete(answered(one, ANSWER));
    assertThat(topology.results())
        .extracting(InferenceResult::getRequestId)
        .containsExactly("r1", "r3");
    topology.request(ask("r4", "seat-1"));
    assertThat(topology.onlyResult().getSource()).isEqualTo(AnswerSource.CACHE);
    topology.request(ask("r5", "seat-2"));
    assertThat(topology.results()).as("of another account's answer").isEmpty();

    topology.complete(answered(two, ANSWER));
    assertThat(topology.results())
        .extracting(InferenceResult::getRequestId)
        .containsExactly("r2", "r5");
  }

  @Test
  void accountsOfATenantWithOneKeyShareAsBefore() throws IOException {
    keys.create("globex");
    topology.tenant(
        tenant("globex")
            .setAccounts(Stream.of("seat-1", "seat-2").map(SubjectTextsTest::seat).toList()));

    topology.request(ask("r1", "seat-1").setTenant("globex"));
    topology.request(ask("r2", "seat-2").setTenant("globex"));

    topology.complete(answered(topology.onlyOrder(), ANSWER));
    assertThat(topology.results())
        .extracting(InferenceResult::getSource)
        .containsExactly(AnswerSource.PROVIDER, AnswerSource.JOINED);
  }

  @Test
  void anAnswerToAnAccountWhoseKeyWasDestroyedReachesNobodyAndIsPaidAndAnotherIsAnswered()
      throws IOException {
    topology.request(ask("r1", "seat-1"));
    DispatchOrder one = topology.onlyOrder();
    topology.request(ask("r2", "seat-2"));
    DispatchOrder two = topology.onlyOrder();

    destroyKeyOfSeat1();
    topology.complete(answered(one, ANSWER));
    topology.complete(answered(two, ANSWER));
    topology.request(ask("r3", "seat-1"));

    List<InferenceResult> results = topology.results();
    assertThat(results).extracting(InferenceResult::getRequestId).containsExactly("r1", "r2", "r3");
    for (InferenceResult refused : List.of(results.get(0), results.get(2))) {
      assertThat(refused.getStatusCode()).isEqualTo(403);
      assertThat(refused.getErrorCode()).isEqualTo("TEXT_UNREADABLE");
    }
    assertThat(results.get(1).getBody()).isEqualTo(ANSWER);
    assertThat(topology.exchanges())
        .filteredOn(exchange -> exchange.getUsage() != null)
        .extracting(Exchange::getExchangeId)
        .containsExactly(one.getOrderId(), "r2");
    assertThat(topology.orders()).isEmpty();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void whatIsRestoredAfterAKeyWasDestroyedServesTheOtherAccountAlone() throws IOException {
    topology.request(ask("r1", "seat-1"));
    topology.request(ask("r2", "seat-2"));
    topology.orders().forEach(order -> topology.complete(answered(order, ANSWER)));
    topology.request(request("r3", chat("in flight " + PROMPT)));
    DispatchOrder out = topology.onlyOrder();

    destroyKeyOfSeat1();
    List<KeyValue<String, CachedAnswer>> answers =
        topology.changelog("answers", CachedAnswer.class);
    List<KeyValue<String, Flight>> flights = topology.changelog("flights", Flight.class);
    topology.close();
    topology = started("restarted");
    topology.restore("answers", CachedAnswer.class, answers);
    topology.restore("flights", Flight.class, flights);

    topology.complete(failed(out, 429));
    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("TEXT_UNREADABLE");
    topology.request(ask("r4", "seat-2"));
    assertThat(topology.onlyResult().getSource()).isEqualTo(AnswerSource.CACHE);
    subjects.create(SEAT_1);
    secondsPass();
    topology.request(ask("r5", "seat-1"));
    assertThat(topology.onlyOrder().getBody())
        .as("under a new key, and not what was kept under the old one")
        .contains(PROMPT);
    assertThat(topology.deadLetters()).isEmpty();
  }
}
