package io.dualtrack.gateway;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.openai.client.OpenAIClient;
import com.openai.client.okhttp.OpenAIOkHttpClient;
import com.openai.core.http.StreamResponse;
import com.openai.errors.PermissionDeniedException;
import com.openai.errors.UnauthorizedException;
import com.openai.models.chat.completions.ChatCompletion;
import com.openai.models.chat.completions.ChatCompletionChunk;
import com.openai.models.chat.completions.ChatCompletionCreateParams;
import com.openai.models.chat.completions.ChatCompletionStreamOptions;
import com.openai.models.models.Model;
import com.openai.models.responses.Response;
import com.openai.models.responses.ResponseCreateParams;
import io.dualtrack.gateway.RunningGateway.Gateway;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** OpenAI's own Java client, set up with nothing but the gateway's address and a key. */
@ExtendWith(RunningGateway.class)
class OpenAiJavaIT {

  private static final String MODEL = "gpt-5.6-sol";

  private final Gateway gateway;
  private final OpenAIClient client;

  OpenAiJavaIT(Gateway gateway) {
    this.gateway = gateway;
    this.client = client(RunningGateway.KEY);
  }

  @AfterEach
  void close() {
    client.close();
  }

  @Test
  void chats() {
    ChatCompletion answer = client.chat().completions().create(question());

    assertThat(answer.choices().get(0).message().content()).contains("Hello from the stand-in.");
    assertThat(answer.usage().orElseThrow().totalTokens()).isEqualTo(12);
  }

  @Test
  void chatsInAStream() {
    ChatCompletionCreateParams withUsage =
        question().toBuilder()
            .streamOptions(ChatCompletionStreamOptions.builder().includeUsage(true).build())
            .build();
    List<ChatCompletionChunk> chunks;
    try (StreamResponse<ChatCompletionChunk> stream =
        client.chat().completions().createStreaming(withUsage)) {
      chunks = stream.stream().toList();
    }

    assertThat(
            chunks.stream()
                .flatMap(chunk -> chunk.choices().stream())
                .flatMap(choice -> choice.delta().content().stream())
                .collect(Collectors.joining()))
        .isEqualTo("Hello from the stand-in.");
    assertThat(chunks.get(chunks.size() - 1).usage().orElseThrow().totalTokens()).isEqualTo(12);
  }

  @Test
  void asksForAResponse() {
    Response response =
        client
            .responses()
            .create(ResponseCreateParams.builder().model(MODEL).input("Say hello.").build());

    assertThat(response.output().get(0).asMessage().content().get(0).asOutputText().text())
        .isEqualTo("Hello from the stand-in.");
    assertThat(response.usage().orElseThrow().inputTokens()).isEqualTo(5);
  }

  @Test
  void listsModels() {
    List<Model> models = client.models().list().data();

    assertThat(models).isNotNull();
  }

  @Test
  void understandsWhatItIsRefusedFor() {
    gateway
        .standIn()
        .behave(
            request ->
                Optional.of(StandIn.refused(request, "PROC_REGION", "no offering is in the EU")));

    assertThatThrownBy(() -> client.chat().completions().create(question()))
        .isInstanceOfSatisfying(
            PermissionDeniedException.class,
            refused -> assertThat(refused.code()).contains("proc_region"))
        .hasMessageContaining("No offering is in the EU.");
  }

  @Test
  void understandsThatItsKeyIsWrong() {
    try (ClosingClient wrong = new ClosingClient(client("dt-test-acme-nobody"))) {
      assertThatThrownBy(() -> wrong.client().chat().completions().create(question()))
          .isInstanceOf(UnauthorizedException.class);
    }
  }

  private record ClosingClient(OpenAIClient client) implements AutoCloseable {
    @Override
    public void close() {
      client.close();
    }
  }

  private OpenAIClient client(String key) {
    return OpenAIOkHttpClient.builder().baseUrl(gateway.uri() + "/v1").apiKey(key).build();
  }

  private static ChatCompletionCreateParams question() {
    return ChatCompletionCreateParams.builder().model(MODEL).addUserMessage("Say hello.").build();
  }
}
