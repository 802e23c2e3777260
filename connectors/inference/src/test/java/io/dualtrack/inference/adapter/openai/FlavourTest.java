package io.dualtrack.inference.adapter.openai;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.dualtrack.inference.Samples;
import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.Credentials;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.inference.adapter.Adapter.Delivery;
import io.dualtrack.inference.adapter.Chats;
import io.dualtrack.inference.adapter.Preparation;
import io.dualtrack.inference.adapter.ProviderRequest;
import io.dualtrack.schemas.DispatchOrder;
import io.dualtrack.schemas.Offering;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What is different at each member of OpenAI's family. */
class FlavourTest {

  private static final ObjectMapper JSON = new ObjectMapper();

  private static final List<OpenAiAdapter> FAMILY =
      OpenAiAdapter.family(
          new Access(new Credentials(Map.of("KEY", "sk-secret")), Map.of(), Hosts.parse("host")),
          InstantSource.system());

  /** For each parameter that some member refuses, a value that asks for something. */
  private static final Map<String, String> ASKING =
      Map.ofEntries(
          Map.entry("audio", "{'voice':'a','format':'mp3'}"),
          Map.entry("modalities", "['text','audio']"),
          Map.entry("prediction", "{'type':'content','content':'x'}"),
          Map.entry("web_search_options", "{}"),
          Map.entry("store", "true"),
          Map.entry("metadata", "{'a':'b'}"),
          Map.entry("service_tier", "'flex'"),
          Map.entry("verbosity", "'low'"),
          Map.entry("safety_identifier", "'s'"),
          Map.entry("prompt_cache_key", "'k'"),
          Map.entry("prompt_cache_retention", "'24h'"),
          Map.entry("moderation", "{'model':'m'}"),
          Map.entry("functions", "[{'name':'f'}]"),
          Map.entry("function_call", "'auto'"),
          Map.entry("logprobs", "true"),
          Map.entry("top_logprobs", "3"),
          Map.entry("logit_bias", "{'1':5}"),
          Map.entry("user", "'u'"),
          Map.entry("encoding_format", "'base64'"),
          Map.entry("parallel_tool_calls", "false"),
          Map.entry("n", "2"),
          Map.entry("reasoning_effort", "'low'"),
          Map.entry("tool_choice", "'required'"));

  /** Values that say what is so anyway. */
  private static final Map<String, String> ASKING_NOTHING =
      Map.ofEntries(
          Map.entry("modalities", "['text']"),
          Map.entry("store", "false"),
          Map.entry("metadata", "{}"),
          Map.entry("service_tier", "'auto'"),
          Map.entry("logprobs", "false"),
          Map.entry("top_logprobs", "0"),
          Map.entry("logit_bias", "{}"),
          Map.entry("encoding_format", "'float'"),
          Map.entry("parallel_tool_calls", "true"),
          Map.entry("n", "1"),
          Map.entry("tool_choice", "'auto'"));

  private static OpenAiAdapter adapter(String dialect) {
    return FAMILY.stream().filter(each -> each.dialect().equals(dialect)).findFirst().orElseThrow();
  }

  private static Offering offering(String dialect) {
    return Offering.newBuilder(Samples.offering("o", "https://host/base"))
        .setDialect(dialect)
        .setKeyVariable("KEY")
        .build();
  }

  private static Preparation prepare(String dialect, String endpoint, String body) {
    DispatchOrder order =
        DispatchOrder.newBuilder(Chats.order(body.replace('\'', '"')))
            .setEndpoint(endpoint)
            .build();
    return adapter(dialect).prepare(order, offering(dialect));
  }

  private static Preparation chat(String dialect, String parameters) {
    return prepare(
        dialect,
        Flavour.CHAT,
        "{'model':'m','max_tokens':9%s,'messages':[{'role':'user','content':'x'}]}"
            .formatted(parameters.isEmpty() ? "" : "," + parameters));
  }

  private static ProviderRequest request(Preparation preparation) {
    assertThat(preparation).isInstanceOf(Preparation.Ready.class);
    return ((Preparation.Ready) preparation).request();
  }

  private static JsonNode sent(Preparation preparation) throws Exception {
    return JSON.readTree(request(preparation).body());
  }

  private static void assertRefused(Preparation preparation, String parameter) {
    assertThat(preparation)
        .isInstanceOfSatisfying(
            Preparation.Impossible.class,
            impossible -> {
              assertThat(impossible.code()).isEqualTo("UNSUPPORTED_PARAMETER");
              assertThat(impossible.message()).startsWith("parameter " + parameter + ":");
            });
  }

  static Stream<String> dialects() {
    return Flavour.all().stream().map(Flavour::dialect);
  }

  static Stream<Arguments> parameters() {
    return dialects()
        .flatMap(
            dialect -> ASKING.keySet().stream().sorted().map(each -> Arguments.of(dialect, each)));
  }

  private static Flavour flavour(String dialect) {
    return Flavour.all().stream()
        .filter(each -> each.dialect().equals(dialect))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void everyParameterThatAMemberRefusesIsTried() {
    List<String> refused = new ArrayList<>();
    Flavour.all().forEach(flavour -> refused.addAll(flavour.refused()));
    assertThat(ASKING.keySet()).containsAll(refused);
  }

  @ParameterizedTest(name = "{0} {1}")
  @MethodSource("parameters")
  void whatAMemberCannotDoIsRefusedByNameAndTheRestGoesOut(String dialect, String parameter)
      throws Exception {
    Flavour flavour = flavour(dialect);
    String asking = "'%s':%s".formatted(parameter, ASKING.get(parameter));
    Preparation preparation = chat(dialect, asking);
    if (flavour.refused().contains(parameter)) {
      assertRefused(preparation, parameter);
    } else {
      assertThat(sent(preparation).path(parameter))
          .isEqualTo(JSON.readTree(ASKING.get(parameter).replace('\'', '"')));
    }
    String nothing = ASKING_NOTHING.get(parameter);
    if (nothing != null && flavour.refused().contains(parameter)) {
      assertThat(sent(chat(dialect, "'%s':%s".formatted(parameter, nothing))).has(parameter))
          .isFalse();
    }
    if (flavour.refused().contains(parameter)) {
      assertThat(sent(chat(dialect, "'%s':null".formatted(parameter))).has(parameter)).isFalse();
    }
  }

  @ParameterizedTest
  @CsvSource({
    "openai,max_completion_tokens,max_completion_tokens",
    "azure,max_completion_tokens,max_completion_tokens",
    "vllm,max_completion_tokens,max_completion_tokens",
    "mistral,max_completion_tokens,max_tokens",
    "together,max_completion_tokens,max_tokens",
    "fireworks,max_completion_tokens,max_tokens",
    "tgi,max_completion_tokens,max_tokens",
    "llama.cpp,max_completion_tokens,max_tokens",
    "ollama,max_completion_tokens,max_tokens",
    "openai,seed,seed",
    "mistral,seed,random_seed",
    "together,seed,seed"
  })
  void parametersGoByTheMembersName(String dialect, String name, String theirs) throws Exception {
    JsonNode body =
        sent(
            prepare(
                dialect,
                Flavour.CHAT,
                "{'model':'m','%s':77,'messages':[{'role':'user','content':'x'}]}"
                    .formatted(name)));
    assertThat(body.path(theirs).asInt()).isEqualTo(77);
    assertThat(body.has(name)).isEqualTo(name.equals(theirs));
  }

  @Test
  void dimensionsOfEmbeddingsGoByTheMembersName() throws Exception {
    String body = "{'model':'m','input':'x','dimensions':256}";
    assertThat(sent(prepare("mistral", Flavour.EMBEDDINGS, body)).path("output_dimension").asInt())
        .isEqualTo(256);
    assertThat(sent(prepare("openai", Flavour.EMBEDDINGS, body)).path("dimensions").asInt())
        .isEqualTo(256);
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void theDevelopersRoleIsTheSystemsWhereAMemberKnowsNoOther(String dialect) throws Exception {
    JsonNode body =
        sent(
            prepare(
                dialect,
                Flavour.CHAT,
                "{'model':'m','messages':[{'role':'developer','content':'x'},{'role':'user','content':'y'}]}"));
    assertThat(body.at("/messages/0/role").asText())
        .isEqualTo(Set.of("openai", "azure").contains(dialect) ? "developer" : "system");
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void contentThatAMemberCannotReadIsRefusedWhereItIs(String dialect) {
    for (String type : List.of("file", "refusal", "input_audio")) {
      Preparation preparation =
          prepare(
              dialect,
              Flavour.CHAT,
              "{'model':'m','messages':[{'role':'user','content':[{'type':'text','text':'x'},{'type':'%s'}]}]}"
                  .formatted(type));
      if (flavour(dialect).refusedParts().contains(type)) {
        assertRefused(preparation, "messages[0].content[1].type");
      } else {
        assertThat(preparation).isInstanceOf(Preparation.Ready.class);
      }
    }
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void imagesByUrlAreForThoseThatFetchThem(String dialect) {
    String image =
        "{'model':'m','messages':[{'role':'user','content':[{'type':'image_url','image_url':{'url':'%s'}}]}]}";
    assertThat(prepare(dialect, Flavour.CHAT, image.formatted("data:image/png;base64,iVBORw0=")))
        .isInstanceOf(Preparation.Ready.class);
    Preparation byUrl = prepare(dialect, Flavour.CHAT, image.formatted("https://a.example/x.png"));
    if (dialect.equals("ollama")) {
      assertRefused(byUrl, "messages[0].content[0].image_url.url");
    } else {
      assertThat(byUrl).isInstanceOf(Preparation.Ready.class);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "openai,true,true",
    "azure,true,true",
    "mistral,true,false",
    "together,true,false",
    "fireworks,true,true",
    "vllm,true,true",
    "tgi,false,false",
    "llama.cpp,true,false",
    "ollama,true,false"
  })
  void anEndpointThatAMemberDoesNotAnswerIsRefused(
      String dialect, boolean embeddings, boolean responses) {
    assertEndpoint(embeddings, prepare(dialect, Flavour.EMBEDDINGS, "{'model':'m','input':'x'}"));
    assertEndpoint(responses, prepare(dialect, Flavour.RESPONSES, "{'model':'m','input':'x'}"));
  }

  private static void assertEndpoint(boolean answers, Preparation preparation) {
    if (answers) {
      assertThat(preparation).isInstanceOf(Preparation.Ready.class);
    } else {
      assertThat(preparation)
          .isInstanceOfSatisfying(
              Preparation.Impossible.class,
              impossible -> assertThat(impossible.code()).isEqualTo("UNSUPPORTED_ENDPOINT"));
    }
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void aStreamIsAskedForItsUsageInTheMembersWay(String dialect) throws Exception {
    JsonNode body =
        sent(
            prepare(
                dialect, Flavour.CHAT, "{'model':'m','messages':[{'role':'user','content':'x'}]}"));
    assertThat(body.path("stream").asBoolean()).isTrue();
    assertThat(body.has("stream_options")).isEqualTo(!dialect.equals("mistral"));
    assertThat(body.at("/stream_options/continuous_usage_stats").asBoolean())
        .isEqualTo(dialect.equals("vllm"));
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void fieldsThatOpenAiDoesNotKnowPassThrough(String dialect) throws Exception {
    assertThat(sent(chat(dialect, "'guided_regex':'a+'")).path("guided_regex").asText())
        .isEqualTo("a+");
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void aResponseInTheBackgroundIsRefusedByAll(String dialect) {
    if (flavour(dialect).endpoints().contains(Flavour.RESPONSES)) {
      assertRefused(
          prepare(dialect, Flavour.RESPONSES, "{'model':'m','input':'x','background':true}"),
          "background");
    }
  }

  @ParameterizedTest
  @MethodSource("dialects")
  void theKeyIsInTheMembersHeader(String dialect) {
    ProviderRequest request = request(chat(dialect, ""));
    Map<String, String> headers = request.authorization().headers(request).join();
    assertThat(headers)
        .isEqualTo(
            dialect.equals("azure")
                ? Map.of("api-key", "sk-secret")
                : Map.of("Authorization", "Bearer sk-secret"));
  }

  @Test
  void atAzureTheModelIsADeploymentInThePathAndTheVersionInTheQuery() throws Exception {
    ProviderRequest request = request(chat("azure", ""));
    assertThat(request.uri())
        .hasToString(
            "https://host/base/openai/deployments/gpt-5.6-sol-2026-09/chat/completions?api-version=2024-10-21");
    assertThat(JSON.readTree(request.body()).has("model")).isFalse();
  }

  @Test
  void anAddressOfAzureMayHaveItsVersionOrBeOneOfTheNewKind() throws Exception {
    OpenAiAdapter azure = adapter("azure");
    Offering versioned =
        Offering.newBuilder(offering("azure"))
            .setEndpoint("https://host/?api-version=2025-01-01")
            .build();
    DispatchOrder order = Chats.order("{\"model\":\"m\",\"max_tokens\":9,\"messages\":[]}");
    assertThat(request(azure.prepare(order, versioned, Delivery.DIRECT)).uri())
        .hasToString(
            "https://host/openai/deployments/gpt-5.6-sol-2026-09/chat/completions?api-version=2025-01-01");
    Offering newer =
        Offering.newBuilder(offering("azure")).setEndpoint("https://host/openai/v1").build();
    ProviderRequest request = request(azure.prepare(order, newer, Delivery.DIRECT));
    assertThat(request.uri()).hasToString("https://host/openai/v1/chat/completions");
    assertThat(JSON.readTree(request.body()).path("model").asText())
        .isEqualTo("gpt-5.6-sol-2026-09");
  }
}
