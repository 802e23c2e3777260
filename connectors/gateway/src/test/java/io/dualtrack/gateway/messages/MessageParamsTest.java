package io.dualtrack.gateway.messages;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class MessageParamsTest {

  private static final JsonMapper JSON = new JsonMapper();
  private static final String HEAD = "{\"model\":\"m\",\"max_tokens\":9,";

  private static String chat(String rest) throws Exception {
    return MessageParams.toChat(read(HEAD + rest + "}")).toString();
  }

  private static ObjectNode read(String json) throws JsonProcessingException {
    return (ObjectNode) JSON.readTree(json);
  }

  private static String messages(String content) {
    return "\"messages\":[{\"role\":\"user\",\"content\":" + content + "}]";
  }

  private static void assertRefused(String parameter, String rest) {
    assertThatThrownBy(() -> chat(rest))
        .isInstanceOfSatisfying(
            MessageParams.UnsupportedException.class,
            refused -> assertThat(refused.parameter()).isEqualTo(parameter));
  }

  @Test
  void aSystemTextIsTheFirstMessage() throws Exception {
    assertThat(
            chat(
                "\"system\":[{\"type\":\"text\",\"text\":\"a\"},{\"type\":\"text\",\"text\":\"b\"}],"
                    + messages("\"Hi\"")))
        .isEqualTo(
            HEAD
                + "\"messages\":[{\"role\":\"system\",\"content\":\"a\\nb\"},"
                + "{\"role\":\"user\",\"content\":\"Hi\"}]}");
  }

  @Test
  void parametersHaveTheNamesOfAChat() throws Exception {
    assertThat(
            chat(
                "\"temperature\":0.5,\"stop_sequences\":[\"x\"],\"stream\":false,"
                    + "\"metadata\":{\"user_id\":\"u\"},\"top_p\":null,"
                    + messages("\"Hi\"")))
        .contains("\"temperature\":0.5,\"stop\":[\"x\"],\"user\":\"u\"")
        .doesNotContain("top_p")
        .doesNotContain("stream");
  }

  @Test
  void imagesAndResultsOfToolsAreMessagesOfAChat() throws Exception {
    assertThat(
            chat(
                messages(
                    "[{\"type\":\"tool_result\",\"tool_use_id\":\"t1\",\"content\":\"42\"},"
                        + "{\"type\":\"text\",\"text\":\"and this\"},"
                        + "{\"type\":\"image\",\"source\":{\"type\":\"base64\","
                        + "\"media_type\":\"image/png\",\"data\":\"AA==\"}}]")))
        .contains(
            "{\"role\":\"tool\",\"tool_call_id\":\"t1\",\"content\":\"42\"},"
                + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"and this\"},"
                + "{\"type\":\"image_url\","
                + "\"image_url\":{\"url\":\"data:image/png;base64,AA==\"}}]}");
  }

  @Test
  void aToolThatWasUsedIsACallOfTheAssistant() throws Exception {
    assertThat(
            chat(
                "\"messages\":[{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\","
                    + "\"id\":\"t1\",\"name\":\"add\",\"input\":{\"a\":1}}]}],"
                    + "\"tools\":[{\"name\":\"add\",\"input_schema\":{\"type\":\"object\"}}],"
                    + "\"tool_choice\":{\"type\":\"tool\",\"name\":\"add\","
                    + "\"disable_parallel_tool_use\":true}"))
        .contains(
            "{\"role\":\"assistant\",\"content\":null,\"tool_calls\":[{\"id\":\"t1\","
                + "\"type\":\"function\","
                + "\"function\":{\"name\":\"add\",\"arguments\":\"{\\\"a\\\":1}\"}}]}")
        .contains("\"tools\":[{\"type\":\"function\",\"function\":{\"name\":\"add\",")
        .contains("\"tool_choice\":{\"type\":\"function\",\"function\":{\"name\":\"add\"}}")
        .contains("\"parallel_tool_calls\":false");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "top_k; \"top_k\":5",
        "thinking; \"thinking\":{\"type\":\"enabled\"}",
        "stream; \"stream\":true",
        "tools.type; \"tools\":[{\"type\":\"web_search_20250305\",\"name\":\"w\"}]",
        "tools.cache_control; \"tools\":[{\"name\":\"w\",\"cache_control\":{\"type\":\"x\"}}]",
        "system.cache_control;"
            + " \"system\":[{\"type\":\"text\",\"text\":\"a\",\"cache_control\":{}}]",
        "tool_choice.type; \"tool_choice\":{\"type\":\"new\"}",
        "metadata.other; \"metadata\":{\"other\":\"x\"}",
      })
  void whatAChatCannotSayIsRefusedByItsName(String name, String field) {
    assertRefused(name, field + "," + messages("\"Hi\""));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '`',
      value = {
        "messages.0.content; [{\"type\":\"document\"}]",
        "messages.0.content; []",
        "messages.0.content; 7",
        "messages.0.is_error; [{\"type\":\"tool_result\",\"tool_use_id\":\"t\",\"is_error\":true}]",
        "messages.0.source; [{\"type\":\"image\",\"source\":{\"type\":\"file\"}}]",
        "messages.0.citations; [{\"type\":\"text\",\"text\":\"a\",\"citations\":{}}]",
      })
  void aMessageThatAChatCannotHaveIsRefusedByItsPlace(String place, String content) {
    assertRefused(place, messages(content));
  }

  @ParameterizedTest
  @CsvSource({"model", "max_tokens", "messages"})
  void whatIsRequiredIsMissedByItsName(String field) throws Exception {
    ObjectNode params = read(HEAD + messages("\"Hi\"") + "}");
    params.remove(field);

    assertThatThrownBy(() -> MessageParams.toChat(params))
        .isInstanceOfSatisfying(
            MessageParams.UnsupportedException.class,
            missing -> assertThat(missing.parameter()).isEqualTo(field));
  }
}
