package io.dualtrack.gateway.interactive;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import io.dualtrack.gateway.Http;
import io.dualtrack.gateway.RunningGateway;
import io.dualtrack.gateway.RunningGateway.Gateway;
import java.net.URI;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/**
 * Asks as garak's REST generator does, by the configuration that docs/red-team.md names: the
 * template as text, {@code $INPUT} in it replaced by the prompt as JSON, {@code $KEY} in headers by
 * the key, and the answer found by a JSONPath.
 */
@ExtendWith(RunningGateway.class)
class GarakIT {

  private static final JsonMapper JSON = new JsonMapper();
  private static final Path CONFIGURATION = Path.of("../../docs/red-team/garak.json");

  private final Gateway gateway;

  GarakIT(Gateway gateway) {
    this.gateway = gateway;
  }

  @Test
  void theConfigurationInTheDocumentationIsAnswered() throws Exception {
    JsonNode rest = JSON.readTree(CONFIGURATION.toFile()).at("/rest/RestGenerator");
    assertThat(rest.path("method").asText()).isEqualTo("post");

    HttpResponse<String> answer =
        ask(rest, "Say \"hello\"\nand a backslash \\, in one line of JSON.");

    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    assertThat(
            JSON.readTree(answer.body())
                .at(pointer(rest.path("response_json_field").asText()))
                .textValue())
        .isEqualTo("Hello from the stand-in.");
  }

  private HttpResponse<String> ask(JsonNode rest, String prompt) throws Exception {
    String escaped = JSON.writeValueAsString(prompt);
    String input = escaped.substring(1, escaped.length() - 1);
    URI uri = gateway.uri().resolve(URI.create(rest.path("uri").asText()).getPath());
    HttpRequest.Builder request =
        HttpRequest.newBuilder(uri)
            .timeout(Duration.ofSeconds(rest.path("request_timeout").asLong()));
    for (Map.Entry<String, JsonNode> header : rest.path("headers").properties()) {
      request.header(
          header.getKey(), header.getValue().asText().replace("$KEY", RunningGateway.KEY));
    }
    String template = rest.path("req_template_json_object").toString();
    return Http.send(request.POST(BodyPublishers.ofString(template.replace("$INPUT", input))));
  }

  /** Of a JSONPath of names and numbers only. */
  private static String pointer(String path) {
    assertThat(path).matches("\\$(\\.\\w+|\\[\\d+])+");
    return path.substring(1).replaceAll("\\[(\\d+)]", "/$1").replace('.', '/');
  }
}
