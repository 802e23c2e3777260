package io.dualtrack.local.feeder;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.Reason;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class OutputLineTest {

  @Test
  void anAnswerIsAResponseOnOneLineWithEveryDigitOfTheProvider() {
    assertThat(line(Results.answered(3, AnswerSource.CACHE)))
        .isEqualTo(
            "{\"id\":\"batch_test-3\",\"custom_id\":\"line-3\",\"response\":{\"status_code\":200,"
                + "\"request_id\":\"batch_test-3\",\"body\":{   \"price\": 1.50 }},\"error\":null}\n");
  }

  @Test
  void aProvidersErrorIsAResponseWithItsStatus() {
    InferenceResult failed =
        Results.result(1).setStatusCode(400).setBody("{\"error\":{}}").setErrorCode("bad").build();

    assertThat(line(failed)).contains("\"status_code\":400").endsWith("\"error\":null}\n");
  }

  @Test
  void aFailureWithoutAResponseIsAnError() {
    InferenceResult failed =
        Results.result(1).setErrorCode("timeout").setErrorMessage("no answer in 60 s").build();

    assertThat(line(failed))
        .contains("\"response\":null")
        .contains("{\"code\":\"timeout\",\"message\":\"no answer in 60 s\"}");
  }

  @Test
  void aRefusalIsAnErrorWithEveryReasonOnce() {
    Reason region = new Reason("a", "PROC_REGION", "Only in the EU");
    Reason agreement = new Reason("b", "DPA_MISSING", "An agreement is needed.");

    assertThat(line(Results.refused(1, region, agreement, region)))
        .contains(
            "{\"code\":\"PROC_REGION\",\"message\":"
                + "\"Only in the EU (PROC_REGION). An agreement is needed (DPA_MISSING).\"}");
  }

  @Test
  void anExpiredRequestHasTheCodeThatClientsKnow() {
    InferenceResult expired =
        Results.result(1).setOutcome(Outcome.EXPIRED).setErrorCode("EXPIRED").build();

    assertThat(line(expired)).contains("\"code\":\"batch_expired\"");
  }

  @Test
  void aBodyThatIsNoJsonIsWrittenAsText() {
    InferenceResult result = Results.answered(1, AnswerSource.PROVIDER);
    result.setBody("<html>\n");

    assertThat(line(result)).contains("\"body\":\"<html>\\n\"");
  }

  @Test
  void aLineThatWasNotSentSaysWhichAndWhy() {
    var rejected =
        new BatchLine.Rejected(7, null, "missing_custom_id", "the line has no custom_id", "add it");

    assertThat(new String(OutputLine.of(rejected, "batch_test-7"), StandardCharsets.UTF_8))
        .isEqualTo(
            "{\"id\":\"batch_test-7\",\"custom_id\":null,\"response\":null,\"error\":{\"code\":"
                + "\"missing_custom_id\",\"message\":\"line 7: the line has no custom_id; add it\"}}\n");
  }

  private static String line(InferenceResult result) {
    return new String(OutputLine.of(result), StandardCharsets.UTF_8);
  }
}
