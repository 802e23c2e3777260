package io.dualtrack.gateway;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion.VersionFlag;
import io.dualtrack.gateway.RunningGateway.Gateway;
import java.net.http.HttpResponse;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.yaml.snakeyaml.Yaml;

/** Holds what the gateway answers against the document that it serves. */
@ExtendWith(RunningGateway.class)
class ApiDocumentIT {

  private static final JsonMapper JSON = new JsonMapper();

  private final Gateway gateway;
  private final JsonNode document;

  ApiDocumentIT(Gateway gateway) throws Exception {
    this.gateway = gateway;
    HttpResponse<String> served = Http.get(gateway.uri(), "/openapi.yaml", "none");
    this.document = JSON.valueToTree(new Yaml().<Object>load(served.body()));
  }

  @Test
  void answersAreAsTheDocumentSays() throws Exception {
    String response = "{\"model\":\"m\",\"input\":\"Hi\"}";

    holds("/v1/chat/completions", "post", post("/v1/chat/completions", Http.CHAT), 200);
    holds("/v1/responses", "post", post("/v1/responses", response), 200);
    holds("/v1/models", "get", get("/v1/models", RunningGateway.KEY), 200);
    gateway
        .standIn()
        .behave(
            request ->
                Optional.of(
                    StandIn.answered(
                        request, "{\"object\":\"list\",\"data\":[],\"model\":\"m\"}")));
    holds("/v1/embeddings", "post", post("/v1/embeddings", response), 200);
  }

  @Test
  void errorsAreAsTheDocumentSays() throws Exception {
    holds("/v1/chat/completions", "post", post("/v1/chat/completions", "{}"), 400);
    holds("/v1/models", "get", get("/v1/models", "dt-nobody-has-this"), 401);
    holds("/v1/models/{model}", "get", get("/v1/models/none", RunningGateway.KEY), 404);
    gateway
        .standIn()
        .behave(request -> Optional.of(StandIn.refused(request, "PROC_REGION", "not there")));
    holds("/v1/chat/completions", "post", post("/v1/chat/completions", Http.CHAT), 403);
  }

  private void holds(String path, String method, HttpResponse<String> answer, int status)
      throws Exception {
    assertThat(answer.statusCode()).as(answer.body()).isEqualTo(status);
    JsonNode said =
        document.path("paths").path(path).path(method).path("responses").path("" + status);
    JsonNode response =
        said.has("$ref") ? document.at(said.get("$ref").textValue().substring(1)) : said;
    JsonNode media = response.path("content").path("application/json").path("schema");
    assertThat(media.isMissingNode()).as(path + " " + status).isFalse();
    ObjectNode schema = media.deepCopy();
    schema.set("components", document.path("components"));
    assertThat(
            JsonSchemaFactory.getInstance(VersionFlag.V202012)
                .getSchema(schema)
                .validate(JSON.readTree(answer.body())))
        .isEmpty();
  }

  private HttpResponse<String> post(String path, String body) throws Exception {
    return Http.post(gateway.uri(), path, RunningGateway.KEY, body);
  }

  private HttpResponse<String> get(String path, String key) throws Exception {
    return Http.get(gateway.uri(), path, key);
  }
}
