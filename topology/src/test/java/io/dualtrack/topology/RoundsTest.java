package io.dualtrack.topology;

import static io.dualtrack.policy.PolicyRecords.START;
import static io.dualtrack.topology.Records.answered;
import static io.dualtrack.topology.Records.chat;
import static io.dualtrack.topology.Records.request;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.texts.KeyFolder;
import io.dualtrack.texts.TenantSeal;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What comes to its end in time though no index of time has it. */
class RoundsTest {

  private static final String ANSWER = "{\"choices\":[]}";
  private static final Duration MINUTE = Duration.ofMinutes(1);
  private static final Instant IN_TWO_HOURS = START.plus(Duration.ofHours(2));

  @TempDir Path folder;
  private TopologyHarness topology;

  private TopologyHarness started() {
    topology = new TopologyHarness(folder).withControl();
    return topology;
  }

  @AfterEach
  void stop() {
    topology.close();
  }

  @Test
  void whoWaitsExpiresAtAFarDeadlineThatHadNoEntry() {
    started();
    topology.request(request("r1", chat("same")).setDeadline(IN_TWO_HOURS));
    topology.request(request("r2", chat("same")).setDeadline(IN_TWO_HOURS));
    assertThat(topology.rows("waiters")).isEqualTo(1);
    assertThat(topology.rows("deadlines")).isZero();

    for (int minute = 1; minute < 120; minute++) {
      topology.advance(MINUTE);
    }
    assertThat(topology.results()).isEmpty();
    topology.advance(MINUTE);

    assertThat(topology.results())
        .extracting(InferenceResult::getRequestId, InferenceResult::getOutcome)
        .containsExactlyInAnyOrder(tuple("r1", Outcome.EXPIRED), tuple("r2", Outcome.EXPIRED));
    assertThat(topology.rows("waiters") + topology.rows("deadlines")).isZero();
  }

  @Test
  void anAnswerLeavesNoEntryOfADeadlineThatCameNear() {
    started();
    topology.request(request("r1", chat("same")).setDeadline(START.plus(Duration.ofMinutes(20))));
    DispatchOrder order = topology.onlyOrder();
    topology.request(request("r2", chat("same")).setDeadline(START.plus(Duration.ofMinutes(20))));
    topology.advance(Duration.ofMinutes(10));
    assertThat(topology.rows("deadlines")).isEqualTo(2);

    topology.complete(answered(order, ANSWER));

    assertThat(topology.results()).hasSize(2);
    assertThat(topology.rows("flights") + topology.rows("waiters") + topology.rows("deadlines"))
        .isZero();
  }

  @Test
  void whatPassedBeforeItsTurnCameExpiresAtItsTurn() {
    started();
    for (int i = 0; i < 150; i++) {
      topology.request(request("r" + i, chat("text " + i)));
    }

    topology.advance(Duration.ofHours(2));
    assertThat(topology.results()).hasSizeLessThan(150);
    topology.advance(Duration.ofSeconds(1));

    assertThat(topology.rows("deadlines")).isZero();
    topology.advance(Duration.ofDays(2));
    topology.advance(Duration.ofSeconds(1));
    assertThat(topology.rows("flights")).isZero();
  }

  @Test
  void anExpiredAnswerIsServedToNobodyAndGoneWithinAnHour() {
    started();
    answer("r1", "same");
    topology.advance(Duration.ofSeconds(1));
    topology.advance(Duration.ofSeconds(600));
    assertThat(topology.rows("answers")).isEqualTo(1);
    topology.request(request("r2", chat("same")));
    assertThat(topology.orders()).hasSize(1);

    topology.advance(Duration.ofHours(1));

    assertThat(topology.rows("answers")).isZero();
  }

  @Test
  void noTextIsOpenedForALook() throws Exception {
    KeyFolder keys = new KeyFolder(folder.resolve("text-keys"));
    keys.create("acme");
    AtomicInteger unreadable = new AtomicInteger();
    Instant[] now = {START};
    topology =
        new TopologyHarness(
                folder, new TenantSeal(keys, () -> now[0]).telling(unreadable::incrementAndGet))
            .withControl();
    answer("r1", "one");
    topology.request(request("r2", chat("another")).setDeadline(START.plus(Duration.ofHours(3))));
    keys.destroy("acme");
    now[0] = now[0].plus(keys.remembered());

    for (int minute = 0; minute < 170; minute++) {
      topology.advance(MINUTE);
    }

    assertThat(unreadable).hasValue(0);
    assertThat(topology.rows("deadlines")).isEqualTo(1);
    assertThat(topology.rows("answers")).isZero();
  }

  private void answer(String id, String text) {
    topology.request(request(id, chat(text)));
    topology.complete(answered(topology.onlyOrder(), ANSWER));
    assertThat(topology.results())
        .extracting(InferenceResult::getOutcome)
        .isEqualTo(List.of(Outcome.ANSWERED));
  }
}
