package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.policy.PolicyRecords.policy;
import static io.dualtrack.policy.PolicyRecords.rule;
import static io.dualtrack.policy.PolicyRecords.tenant;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.completion;
import static io.dualtrack.topology.Records.failed;
import static io.dualtrack.topology.Records.request;
import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.BodyFile;
import io.dualtrack.schemas.CompletionStatus;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Features;
import io.dualtrack.schemas.InferenceRequest;
import io.dualtrack.schemas.LargeFields;
import io.dualtrack.schemas.ObligationKind;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.RuleEffect;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Requests whose large fields are in a file that the topology never sees. */
class LargeBodyTest {

  private static final String REST = "{\"model\":\"gpt\",\"temperature\":0}";
  private static final String ANSWER = "{\"choices\":[]}";
  private static final Features FEATURES =
      Features.newBuilder()
          .setKeyEpoch(1)
          .setMinHash(ByteBuffer.wrap(new byte[] {1}))
          .setSkeletonPrefix(2L)
          .setSkeletonSuffix(3L)
          .setCapabilities(List.of("other"))
          .build();

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
  void anOrderRefersToTheFileAndTheExchangeHasTheFeaturesOfItsText() {
    topology.request(large("r1", REST, "one"));

    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getBody()).isEqualTo(REST);
    assertThat(order.getBodyFile()).isEqualTo(file("r1", "one"));
    topology.complete(answered(order, ANSWER));
    assertThat(topology.onlyResult().getBody()).isEqualTo(ANSWER);
    assertThat(topology.exchanges().get(0).getFeatures()).isEqualTo(FEATURES);
  }

  @Test
  void equalContentIsPaidOnceWhateverFileItIsIn() {
    topology.request(large("r1", REST, "one"));
    DispatchOrder order = topology.onlyOrder();
    topology.request(large("r2", REST, "one"));
    topology.complete(answered(order, ANSWER));
    topology.request(large("r3", REST, "one"));

    assertThat(topology.orders()).isEmpty();
    assertThat(topology.results())
        .extracting(result -> result.getSource())
        .containsExactlyInAnyOrder(AnswerSource.PROVIDER, AnswerSource.JOINED, AnswerSource.CACHE);
  }

  @Test
  void anotherContentOrAnotherParameterIsAnotherRequest() {
    topology.request(large("r1", REST, "one"));
    topology.request(large("r2", REST, "two"));
    topology.request(large("r3", "{\"model\":\"gpt\",\"temperature\":0,\"seed\":7}", "one"));
    topology.request(request("r4", REST));

    assertThat(topology.orders()).hasSize(4);
  }

  @Test
  void whoeverGoesOnWithAFlightBringsItsOwnFile() {
    topology.request(large("r1", REST, "one").setDeadline(START.plusSeconds(10)));
    DispatchOrder first = topology.onlyOrder();
    topology.request(large("r2", REST, "one"));
    topology.advance(Duration.ofSeconds(11));

    topology.complete(completion(first, CompletionStatus.EXPIRED).setStatusCode(0).build());

    assertThat(topology.onlyOrder().getBodyFile()).isEqualTo(file("r2", "one"));
  }

  @Test
  void whereCardNumbersMustNotGoTheFileWithoutThemDoes() {
    topology.policy(policy("2", oblige(ObligationKind.REDACT_CARDS)));

    topology.request(withCards("r1"));

    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getBodyFile()).isEqualTo(file("r1-cardless", "cardless"));
    topology.complete(failed(order, 429));
    assertThat(topology.onlyOrder().getBodyFile()).isEqualTo(file("r1-cardless", "cardless"));
  }

  @Test
  void aDutyThatCameWhileACallWasOutChangesTheFileOfTheNextOne() {
    topology.request(withCards("r1"));
    DispatchOrder first = topology.onlyOrder();
    assertThat(first.getBodyFile()).isEqualTo(file("r1", "cards"));
    topology.policy(policy("2", oblige(ObligationKind.REDACT_CARDS)));

    topology.complete(failed(first, 429));

    DispatchOrder second = topology.onlyOrder();
    assertThat(second.getBodyFile()).isEqualTo(file("r1-cardless", "cardless"));
    topology.complete(answered(second, ANSWER));
    // The key was made of another content, so the answer is nobody else's.
    assertThat(topology.rows("answers")).isZero();
  }

  @Test
  void theTenantsInstructionComesBeforeTheMessagesInTheFile() {
    topology.tenant(tenant("acme").setComplianceInstruction("Give no advice."));
    topology.policy(policy("2", oblige(ObligationKind.PREPEND_INSTRUCTION)));

    topology.request(large("r1", REST, "one"));

    DispatchOrder order = topology.onlyOrder();
    assertThat(order.getBody())
        .contains("\"messages\":[{\"role\":\"system\",\"content\":\"Give no advice.\"}]");
    assertThat(order.getBodyFile()).isEqualTo(file("r1", "one"));
  }

  private static Rule oblige(ObligationKind kind) {
    return rule("duty", RuleEffect.OBLIGE, "true").setObligation(kind).build();
  }

  private static InferenceRequest.Builder large(String id, String rest, String content) {
    return request(id, rest)
        .setLarge(new LargeFields(List.of("messages"), file(id, content), null))
        .setFeatures(FEATURES);
  }

  private static InferenceRequest.Builder withCards(String id) {
    return request(id, REST)
        .setLarge(
            new LargeFields(
                List.of("messages"), file(id, "cards"), file(id + "-cardless", "cardless")));
  }

  private static BodyFile file(String id, String content) {
    return new BodyFile("body-" + id, 300_000L, "hash of " + content, "canonical " + content);
  }
}
