package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.money;
import static io.dualtrack.topology.Records.price;
import static io.dualtrack.topology.Records.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Exchange;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Shadowing;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.TenantSeal;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TextEncryptionTest {

  private static final String PROMPT = "prompt-canary";
  private static final String ANSWER = "{\"answer\":\"answer-canary\"}";

  @TempDir Path folder;

  private Instant now = START;
  private KeyFolder keys;
  private TopologyHarness topology;

  @BeforeEach
  void start() throws IOException {
    keys = new KeyFolder(folder.resolve("text-keys"));
    keys.create("acme");
    keys.create("globex");
    topology = new TopologyHarness(folder, new TenantSeal(keys, () -> now)).withControl();
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  private void destroyKeyOfAcme() throws IOException {
    keys.destroy("acme");
    now = now.plus(keys.remembered());
  }

  @Test
  void noTopicShowsAPromptOrAnAnswerNeitherARepartitionTopicNorAChangelog() {
    topology.request(request("r1", chat(PROMPT)));
    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getBody()).contains(PROMPT);
    topology.request(request("r2", chat(PROMPT)));
    topology.complete(answered(order, ANSWER));
    topology.request(request("r3", chat(PROMPT)));
    List<InferenceResult> results = topology.results();
    assertThat(results)
        .extracting(InferenceResult::getSource)
        .containsExactly(AnswerSource.PROVIDER, AnswerSource.JOINED, AnswerSource.CACHE);
    assertThat(results).extracting(InferenceResult::getBody).containsOnly(ANSWER);
    // Once more, for who looks at the bytes.
    topology.request(request("r4", chat(PROMPT)));
    topology.request(request("r5", chat(PROMPT + " of another kind")));

    assertThat(showing()).isEmpty();
    assertThat(written())
        .contains(
            "routed-repartition",
            "flights-changelog",
            "answers-changelog",
            "dualtrack.orders.api.batch",
            "dualtrack.results",
            "dualtrack.exchanges",
            "dualtrack.audit");
  }

  private List<String> written() {
    return topology.written().stream()
        .map(topic -> topic.replace(TopologyConfig.APPLICATION + "-", ""))
        .toList();
  }

  /** Topics with a record that shows a text. */
  private Set<String> showing() {
    Set<String> showing = new TreeSet<>();
    for (String topic : topology.written()) {
      for (byte[] record : topology.raw(topic)) {
        if (record != null && new String(record, StandardCharsets.ISO_8859_1).contains("canary")) {
          showing.add(topic);
        }
      }
    }
    return showing;
  }

  @Test
  void neitherACopyForComparisonNorWhatIsComparedShowsItsTexts() {
    topology
        .price(price("gpt-api", "0.001"))
        .price(price("llama-home", "0.0001"))
        .tenant(
            tenant("acme")
                .setShadowings(
                    List.of(
                        Shadowing.newBuilder()
                            .setId("all")
                            .setOffering("llama-home")
                            .setPercent(money("100"))
                            .setMonthlyBudget(money("1000"))
                            .build())));
    topology.request(request("r1", chat(PROMPT)));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    DispatchOrder copy = topology.onlyOrder();

    topology.complete(answered(copy, ANSWER));

    assertThat(showing()).isEmpty();
    assertThat(written()).contains("dualtrack.shadow.pairs");
  }

  @Test
  void anAnswerToATenantWhoseKeyWasDestroyedMeanwhileReachesNobodyAndIsPaid() throws IOException {
    topology.request(request("r1", chat(PROMPT)));
    topology.request(request("r2", chat(PROMPT)));
    DispatchOrder order = topology.onlyOrder();

    destroyKeyOfAcme();
    topology.complete(answered(order, ANSWER));

    assertThat(topology.results())
        .hasSize(2)
        .allSatisfy(
            result -> {
              assertThat(result.getOutcome()).isEqualTo(Outcome.REFUSED);
              assertThat(result.getStatusCode()).isEqualTo(403);
              assertThat(result.getErrorCode()).isEqualTo("TEXT_UNREADABLE");
              assertThat(result.getErrorMessage()).contains("text key of tenant acme");
            });
    assertThat(topology.exchanges())
        .filteredOn(exchange -> exchange.getUsage() != null)
        .singleElement()
        .extracting(Exchange::getExchangeId)
        .isEqualTo(order.getOrderId());
    assertThat(topology.rows("flights")).isZero();
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void aCallThatFailedIsNotMadeAgainWithoutItsText() throws IOException {
    topology.request(request("r1", chat(PROMPT)));
    DispatchOrder order = topology.onlyOrder();

    destroyKeyOfAcme();
    topology.complete(failed(order, 429));

    assertThat(topology.onlyResult().getErrorCode()).isEqualTo("TEXT_UNREADABLE");
    assertThat(topology.orders()).isEmpty();
    assertThat(topology.rows("flights")).isZero();
  }

  @Test
  void aRequestOfATenantWithoutAKeyIsRefusedAndAnotherTenantIsAnswered() throws IOException {
    destroyKeyOfAcme();

    topology.request(request("r1", chat(PROMPT)));
    topology.request(request("r2", chat(PROMPT)).setTenant("globex"));

    InferenceResult refused = topology.onlyResult();
    assertThat(refused.getRequestId()).isEqualTo("r1");
    assertThat(refused.getOutcome()).isEqualTo(Outcome.REFUSED);
    assertThat(refused.getErrorCode()).isEqualTo("TEXT_UNREADABLE");
    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getTenant()).isEqualTo("globex");
    topology.complete(answered(order, ANSWER));
    assertThat(topology.onlyResult().getBody()).isEqualTo(ANSWER);
    assertThat(topology.deadLetters()).isEmpty();
  }

  @Test
  void aKeptAnswerThatCannotBeReadAnyMoreIsNotReplayedUnderANewKey() throws IOException {
    topology.request(request("r1", chat(PROMPT)));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    topology.results();

    destroyKeyOfAcme();
    keys.create("acme");
    topology.request(request("r2", chat(PROMPT)));

    assertThat(topology.onlyOrder().getRequestId()).isEqualTo("r2");
  }

  @Test
  void aKeyThatWasRotatedReadsWhatWaits() throws IOException {
    topology.request(request("r1", chat(PROMPT)));
    DispatchOrder order = topology.onlyOrder();

    keys.rotate("acme");
    now = now.plus(keys.remembered());
    topology.complete(failed(order, 429));

    assertThat(topology.onlyOrder().getBody()).contains(PROMPT);
  }
}
