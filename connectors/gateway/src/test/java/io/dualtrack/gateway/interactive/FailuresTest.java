package io.dualtrack.gateway.interactive;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class FailuresTest {

  @Test
  void aSuspendedAccountIsForbidden() {
    ApiError error = Failures.of(refused("ACCOUNT_SUSPENDED", 403).build());

    assertThat(error.status()).isEqualTo(403);
    assertThat(error.code()).isEqualTo("account_suspended");
    assertThat(error.retryAfter()).isNull();
    assertThat(error.message()).isEqualTo("This account is so by action act-1.");
  }

  @Test
  void aThrottledAccountIsToldAfterHowLongToAskAgain() {
    ApiError error =
        Failures.of(refused("ACCOUNT_THROTTLED", 429).setRetryAfterMillis(19_001L).build());

    assertThat(error.status()).isEqualTo(429);
    assertThat(error.type()).isEqualTo("requests");
    assertThat(error.code()).isEqualTo("account_throttled");
    assertThat(error.retryAfter()).isEqualTo(Duration.ofMillis(19_001));
  }

  private static InferenceResult.Builder refused(String code, int status) {
    return InferenceResult.newBuilder()
        .setRequestId("r1")
        .setTenant("acme")
        .setAccount("seat-1")
        .setReplyKey("r1")
        .setOutcome(Outcome.REFUSED)
        .setSource(AnswerSource.NONE)
        .setStatusCode(status)
        .setErrorCode(code)
        .setReasons(List.of(new Reason("action:act-1", code, "this account is so by action act-1")))
        .setModel("gpt")
        .setJurisdictions(List.of())
        .setSubmittedAt(Instant.EPOCH)
        .setFinishedAt(Instant.EPOCH);
  }
}
