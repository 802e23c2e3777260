package io.dualtrack.gateway.error;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dualtrack.gateway.output.Ended;
import io.dualtrack.gateway.output.OutputLines;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ExhaustedQuotaTest {

  @Test
  void aBatchLineThatABudgetRefusedSaysWhatTheCallWouldHaveSaid() throws Exception {
    Ended line = new OutputLines().of(1, refused("BUDGET_EXHAUSTED", 429));

    JsonNode json = new JsonMapper().readTree(line.text());
    assertThat(json.at("/error").isNull()).isTrue();
    assertThat(json.at("/response/status_code").intValue()).isEqualTo(429);
    assertThat(json.at("/response/body/error/type").textValue()).isEqualTo("insufficient_quota");
    assertThat(json.at("/response/body/error/code").textValue()).isEqualTo("insufficient_quota");
    assertThat(json.at("/response/body/error/message").textValue())
        .isEqualTo("The budget has no room (BUDGET_EXHAUSTED).");
  }

  @Test
  void anyOtherRefusalIsNoQuota() {
    assertThat(ExhaustedQuota.isWhy(refused("BUDGET_UNPRICED", 403))).isFalse();
    assertThat(ExhaustedQuota.isWhy(refused("BUDGET_EXHAUSTED", 429))).isTrue();
  }

  private static InferenceResult refused(String code, int status) {
    return InferenceResult.newBuilder()
        .setRequestId("r1")
        .setTenant("acme")
        .setAccount("seat-1")
        .setReplyKey("batch-1")
        .setCustomId("line-1")
        .setOutcome(Outcome.REFUSED)
        .setSource(AnswerSource.NONE)
        .setStatusCode(status)
        .setErrorCode(code)
        .setReasons(List.of(new Reason("built-in:budget", code, "the budget has no room")))
        .setModel("gpt")
        .setJurisdictions(List.of())
        .setSubmittedAt(Instant.EPOCH)
        .setFinishedAt(Instant.EPOCH)
        .build();
  }
}
