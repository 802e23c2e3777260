package io.dualtrack.gateway.output;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AnswerSource;
import io.dualtrack.schemas.InferenceResult;
import io.dualtrack.schemas.Outcome;
import io.dualtrack.schemas.SealedText;
import java.nio.ByteBuffer;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class ReadableResultTest {

  private static InferenceResult.Builder result() {
    return InferenceResult.newBuilder()
        .setRequestId("request-1")
        .setTenant("acme")
        .setAccount("seat-1")
        .setReplyKey("request-1")
        .setOutcome(Outcome.ANSWERED)
        .setSource(AnswerSource.PROVIDER)
        .setStatusCode(200)
        .setModel("gpt")
        .setJurisdictions(List.of())
        .setSubmittedAt(Instant.EPOCH)
        .setFinishedAt(Instant.EPOCH);
  }

  @Test
  void aResultWithItsTextIsAsItIs() {
    InferenceResult result = result().setBody("{}").build();

    assertThat(ReadableResult.of(result)).isSameAs(result);
  }

  @Test
  void anAnswerThatCannotBeReadAnyMoreIsAFailureThatSaysSo() {
    SealedText sealed = new SealedText(ByteBuffer.allocate(1), ByteBuffer.allocate(1));
    InferenceResult result = ReadableResult.of(result().setBody("").setSealed(sealed).build());

    assertThat(result.getOutcome()).isEqualTo(Outcome.FAILED);
    assertThat(result.getStatusCode()).isEqualTo(403);
    assertThat(result.getBody()).isNull();
    assertThat(result.getErrorCode()).isEqualTo("text_unreadable");
    assertThat(result.getErrorMessage()).contains("text key of tenant acme");
  }
}
