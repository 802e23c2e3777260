package io.dualtrack.inference.adapter.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.networknt.schema.JsonSchema;
import com.networknt.schema.JsonSchemaFactory;
import com.networknt.schema.SpecVersion;
import io.dualtrack.inference.Samples;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.Credentials;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.inference.adapter.Adapter.Delivery;
import io.dualtrack.inference.adapter.Chats;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** What goes out fits OpenAI's published API description. */
class OpenAiSchemaTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectNode DESCRIPTION = description();

  private static final Map<String, JsonSchema> SCHEMAS =
      Map.of(
          Flavour.CHAT, schema("CreateChatCompletionRequest"),
          Flavour.EMBEDDINGS, schema("CreateEmbeddingRequest"),
          Flavour.RESPONSES, schema("CreateResponse"));

  private static final List<OpenAiAdapter> FAMILY =
      OpenAiAdapter.family(
          new Access(new Credentials(Map.of()), Map.of(), Hosts.parse("host")),
          InstantSource.system());

  private static ObjectNode description() {
    try (InputStream in =
        OpenAiSchemaTest.class.getResourceAsStream("/openai/requests.schema.json")) {
      return (ObjectNode) JSON.readTree(in);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static JsonSchema schema(String name) {
    ObjectNode root = DESCRIPTION.deepCopy().put("$ref", "#/$defs/" + name);
    return JsonSchemaFactory.getInstance(SpecVersion.VersionFlag.V202012).getSchema(root);
  }

  static Stream<Arguments> requests() {
    Stream<Arguments> chats = Chats.all().map(body -> Arguments.of(Flavour.CHAT, body));
    Stream<Arguments> others =
        Stream.of(
            Arguments.of(
                Flavour.CHAT,
"""
{"model":"m","seed":7,"frequency_penalty":0.5,"presence_penalty":-0.5,"n":1,"messages":[{"role":"user","content":"Hello"}]}\
"""),
            Arguments.of(Flavour.EMBEDDINGS, "{\"model\":\"m\",\"input\":[\"one\",\"two\"]}"),
            Arguments.of(
                Flavour.RESPONSES,
"""
{"model":"m","instructions":"Be brief.","input":"Hello","max_output_tokens":4000}\
"""));
    return Stream.concat(chats, others);
  }

  @ParameterizedTest
  @MethodSource("requests")
  void everyRequestOfTheFamilyFitsTheDescription(String endpoint, String body) throws Exception {
    DispatchOrder order = DispatchOrder.newBuilder(Chats.order(body)).setEndpoint(endpoint).build();
    int sent = 0;
    for (OpenAiAdapter adapter : FAMILY) {
      for (Delivery delivery : Delivery.values()) {
        Offering offering =
            Offering.newBuilder(Samples.offering("o", "https://host/v1"))
                .setDialect(adapter.dialect())
                .build();
        if (adapter.prepare(order, offering, delivery) instanceof Preparation.Ready ready) {
          JsonNode out = JSON.readTree(ready.request().body());
          assertThat(SCHEMAS.get(endpoint).validate(out))
              .as(adapter.dialect() + " " + out)
              .isEmpty();
          sent++;
        }
      }
    }
    assertThat(sent).as("members of the family that take it").isGreaterThanOrEqualTo(6);
  }

  @ParameterizedTest
  @MethodSource("requests")
  void theDescriptionIsNotSatisfiedByAnything(String endpoint, String body) throws Exception {
    ObjectNode wrong = (ObjectNode) JSON.readTree(body);
    wrong.remove(List.of("messages", "input", "model"));
    wrong.put("temperature", "warm").put("input", false);
    assertThat(SCHEMAS.get(endpoint).validate(wrong)).isNotEmpty();
  }
}
