package io.dualtrack.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.awaitility.Awaitility.await;

import com.anthropic.client.AnthropicClient;
import com.anthropic.client.okhttp.AnthropicOkHttpClient;
import com.anthropic.core.http.StreamResponse;
import com.anthropic.errors.BadRequestException;
import com.anthropic.errors.NotFoundException;
import com.anthropic.models.messages.batches.BatchCreateParams;
import com.anthropic.models.messages.batches.MessageBatch;
import com.anthropic.models.messages.batches.MessageBatchIndividualResponse;
import com.anthropic.services.blocking.messages.BatchService;
import io.dualtrack.gateway.RunningGateway.Gateway;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Anthropic's own Java client, set up with nothing but the gateway's address and a key. */
@ExtendWith(RunningGateway.class)
class AnthropicJavaIT {

  private static final Duration PATIENCE = Duration.ofSeconds(60);

  private final Gateway gateway;
  private final AnthropicClient client;

  AnthropicJavaIT(Gateway gateway) {
    this.gateway = gateway;
    this.client =
        AnthropicOkHttpClient.builder()
            .baseUrl(gateway.uri().toString())
            .apiKey(RunningGateway.KEY)
            .build();
  }

  @AfterEach
  void close() {
    client.close();
  }

  private BatchService batches() {
    return client.messages().batches();
  }

  private static BatchCreateParams.Request request(String customId) {
    return BatchCreateParams.Request.builder()
        .customId(customId)
        .params(
            BatchCreateParams.Request.Params.builder()
                .model("gpt-5.6-sol")
                .maxTokens(64)
                .addUserMessage("Say hello to " + customId)
                .build())
        .build();
  }

  private MessageBatch ended(String id) {
    return await()
        .atMost(PATIENCE)
        .until(
            () -> batches().retrieve(id),
            each -> each.processingStatus().equals(MessageBatch.ProcessingStatus.ENDED));
  }

  @Test
  void aBatchIsCreatedPolledReadListedAndDeleted() {
    String id =
        batches()
            .create(
                BatchCreateParams.builder()
                    .addRequest(request("a-1"))
                    .addRequest(request("a-2"))
                    .build())
            .id();

    MessageBatch batch = ended(id);

    assertThat(batch.validate().requestCounts().succeeded()).isEqualTo(2);
    try (StreamResponse<MessageBatchIndividualResponse> results = batches().resultsStreaming(id)) {
      List<MessageBatchIndividualResponse> lines = results.stream().toList();
      assertThat(lines)
          .extracting(MessageBatchIndividualResponse::customId)
          .containsExactly("a-1", "a-2");
      assertThat(lines)
          .extracting(
              line ->
                  line.validate().result().asSucceeded().message().content().get(0).asText().text())
          .containsOnly("Hello from the stand-in.");
    }
    assertThat(batches().list().items()).extracting(MessageBatch::id).contains(id);
    assertThat(batches().delete(id).id()).isEqualTo(id);
    assertThatThrownBy(() -> batches().retrieve(id)).isInstanceOf(NotFoundException.class);
  }

  @Test
  void aBatchIsCancelledAndWhatWasAnsweredIsKept() {
    gateway
        .standIn()
        .behave(
            request ->
                "held".equals(request.getCustomId())
                    ? Optional.empty()
                    : Optional.of(
                        StandIn.answered(request, StandIn.chat("Hello from the stand-in."))));
    String id =
        batches()
            .create(
                BatchCreateParams.builder()
                    .addRequest(request("answered"))
                    .addRequest(request("held"))
                    .build())
            .id();

    MessageBatch cancelled = batches().cancel(id);

    assertThat(cancelled.processingStatus())
        .isIn(MessageBatch.ProcessingStatus.CANCELING, MessageBatch.ProcessingStatus.ENDED);
    assertThat(cancelled.cancelInitiatedAt()).isPresent();
  }

  @Test
  void whatIsWrongIsUnderstood() {
    assertThatThrownBy(
            () ->
                batches()
                    .create(
                        BatchCreateParams.builder()
                            .addRequest(request("twice"))
                            .addRequest(request("twice"))
                            .build()))
        .isInstanceOf(BadRequestException.class)
        .hasMessageContaining("custom_id");
    assertThatThrownBy(() -> batches().retrieve("msgbatch_nobody"))
        .isInstanceOf(NotFoundException.class);
  }
}
