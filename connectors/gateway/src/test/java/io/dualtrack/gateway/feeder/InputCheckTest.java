package io.dualtrack.gateway.feeder;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import io.dualtrack.gateway.feeder.InputCheck.Limits;
import io.dualtrack.gateway.feeder.InputCheck.Verdict;
import io.dualtrack.schemas.BatchError;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InputCheckTest {

  private static final String CHAT = "/v1/chat/completions";
  private static final Limits LIMITS = new Limits(5, 7);

  private static String line(String id, String body) {
    return "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"%s\",\"body\":%s}"
        .formatted(id, CHAT, body);
  }

  private static String line(String id) {
    return line(id, "{\"model\":\"m\"}");
  }

  private static Verdict check(String endpoint, byte[] input) throws IOException {
    try (InputLines lines =
        new InputLines(new ByteArrayInputStream(input), 1, 0, LineParser.LINE_LIMIT_BYTES)) {
      return new InputCheck(endpoint, LIMITS).check(lines, () -> false);
    }
  }

  private static Verdict check(String input) throws IOException {
    return check(CHAT, input.getBytes(StandardCharsets.UTF_8));
  }

  private static void assertError(String input, String code, Long line) throws IOException {
    assertThat(check(input))
        .isInstanceOfSatisfying(
            Verdict.Invalid.class,
            invalid ->
                assertThat(invalid.errors())
                    .extracting(BatchError::getCode, BatchError::getLine)
                    .containsExactly(tuple(code, line)));
  }

  @Test
  void aRightInputIsCountedAndItsFirstModelIsTheBatchs() throws IOException {
    assertThat(check(line("a") + "\r\n" + line("b", "{\"model\":\"n\"}") + "\n\n \n"))
        .isEqualTo(new Verdict.Valid(2, "m"));
  }

  @Test
  void aResponseThatNoChatCanGiveIsFoundBeforeAnythingIsSent() throws IOException {
    String input =
        Stream.of(
                "{\"model\":\"m\",\"input\":\"Hi\",\"max_output_tokens\":5}",
                "{\"model\":\"m\",\"input\":\"Hi\",\"tools\":[{\"type\":\"web_search\"}]}",
                "{\"model\":\"m\"}",
                "{\"model\":\"m\",\"input\":\"Hi\",\"previous_response_id\":\"resp_1\"}")
            .map(
                body ->
                    "{\"custom_id\":\"%d\",\"method\":\"POST\",\"url\":\"/v1/responses\",\"body\":%s}\n"
                        .formatted(body.hashCode(), body))
            .collect(Collectors.joining());

    assertThat(check("/v1/responses", input.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            Verdict.Invalid.class,
            invalid ->
                assertThat(invalid.errors())
                    .extracting(BatchError::getCode, BatchError::getLine, BatchError::getParam)
                    .containsExactly(
                        tuple("unsupported_parameter", 2L, "body.tools[].type"),
                        tuple("missing_required_parameter", 3L, "body.input"),
                        tuple("unsupported_parameter", 4L, "body.previous_response_id")));
  }

  @Test
  void aByteOrderMarkIsNoPartOfTheFirstLine() throws IOException {
    assertThat(check("\uFEFF" + line("a"))).isEqualTo(new Verdict.Valid(1, "m"));
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "\n", " \n\t\n"})
  void anInputWithoutAnyRequestIsEmpty(String input) throws IOException {
    assertError(input, "empty_file", null);
  }

  @Test
  void aBlankLineBetweenOthersIsNoJson() throws IOException {
    assertError(line("a") + "\n\n" + line("b"), "invalid_json_line", 2L);
  }

  @Test
  void everyWrongLineIsToldOfWithItsNumber() throws IOException {
    assertThat(check(String.join("\n", line("a"), "[]", line("a"), "{}")))
        .isInstanceOfSatisfying(
            Verdict.Invalid.class,
            invalid ->
                assertThat(invalid.errors())
                    .extracting(BatchError::getCode, BatchError::getLine)
                    .containsExactly(
                        tuple("invalid_json_line", 2L),
                        tuple("duplicate_custom_id", 3L),
                        tuple("missing_required_parameter", 4L)));
  }

  @Test
  void oneRequestTooManyIsTooMany() throws IOException {
    String most =
        IntStream.range(0, 5).mapToObj(i -> line("l" + i)).collect(Collectors.joining("\n"));

    assertThat(check(most)).isInstanceOf(Verdict.Valid.class);
    assertError(most + "\n" + line("l5"), "too_many_tasks", 6L);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "invalid_json_line | {\"a\":1} {\"b\":2}",
        "invalid_json_line | {\"custom_id\":\"a\",\"custom_id\":\"b\"}",
        "invalid_json_line | {\"custom_id\":\"\\ud800 alone\"}",
        "invalid_json_line | {\"custom_id\":\"\\udc00\\ud800\"}",
        "invalid_json_line | null",
        "invalid_custom_id | {\"custom_id\":7}",
        "invalid_custom_id | {\"custom_id\":\"  \"}",
        "missing_required_parameter | {\"custom_id\":null}",
        "missing_required_parameter | {\"custom_id\":\"a\"}",
        "mismatched_method | {\"custom_id\":\"a\",\"method\":\"GET\"}",
        "mismatched_url | {\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/embeddings\"}",
        "invalid_body |"
            + " {\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":[]}",
      })
  void aLineThatCannotBeSentIsRejectedByItsFault(String code, String line) throws IOException {
    assertError(line, code, 1L);
  }

  @Test
  void aPairOfEscapedSurrogatesAndAnEscapedBackslashAreText() throws IOException {
    assertThat(check(line("a", "{\"model\":\"m\",\"x\":\"\\ud83d\\ude00 \\\\ud800\"}")))
        .isInstanceOf(Verdict.Valid.class);
  }

  @Test
  void bytesThatAreNoUtf8AreNoLine() throws IOException {
    byte[] input = line("axb").getBytes(StandardCharsets.ISO_8859_1);
    input[new String(input, StandardCharsets.ISO_8859_1).indexOf("axb") + 1] = (byte) 0xE9;

    assertThat(check(CHAT, input)).isInstanceOf(Verdict.Invalid.class);
  }

  @Test
  void whatNestsDeeplyIsRefusedAndNotFollowed() throws IOException {
    assertError(
        line("a", "{\"model\":\"m\",\"x\":" + "[".repeat(100_000) + "}"), "invalid_json_line", 1L);
  }

  @Test
  void aLineBeyondTheLimitIsToldOfAndTheNextOneIsRead() throws IOException {
    String large = line("a", "{\"model\":\"" + "m".repeat(LineParser.LINE_LIMIT_BYTES) + "\"}");

    assertError(large + "\n" + line("b"), "line_too_large", 1L);
  }

  @Test
  void aBatchCannotStream() throws IOException {
    assertError(line("a", "{\"model\":\"m\",\"stream\":true}"), "invalid_stream", 1L);
  }

  @Test
  void inputsOfEmbeddingsAreCountedOverAllLines() throws IOException {
    String line =
        "{\"custom_id\":\"%s\",\"method\":\"POST\",\"url\":\"/v1/embeddings\",\"body\":{\"model\":\"e\",\"input\":%s}}";
    String seven =
        String.join(
            "\n",
            line.formatted("a", "[\"1\",\"2\",\"3\"]"),
            line.formatted("b", "[1,2,3,4,5,6,7,8]"),
            line.formatted("c", "[[1,2],[3]]"),
            line.formatted("d", "\"one\""));

    assertThat(check("/v1/embeddings", seven.getBytes(StandardCharsets.UTF_8)))
        .isEqualTo(new Verdict.Valid(4, "e"));
    String eight = seven + "\n" + line.formatted("e", "\"one more\"");
    assertThat(check("/v1/embeddings", eight.getBytes(StandardCharsets.UTF_8)))
        .isInstanceOfSatisfying(
            Verdict.Invalid.class,
            invalid ->
                assertThat(invalid.errors())
                    .extracting(BatchError::getCode)
                    .containsExactly("too_many_inputs"));
  }

  @Test
  void theBodyIsTakenByteForByteAndTheNextLineBeginsBehindIt() throws IOException {
    String body = "{\"model\":\"m\", \"seed\": 1.50,\"t\":\"\\u00e9é\"}";
    byte[] input = (line("a", body) + "\n" + line("b")).getBytes(StandardCharsets.UTF_8);
    LineParser parser = new LineParser(CHAT);
    long second;
    try (InputLines lines =
        new InputLines(new ByteArrayInputStream(input), 1, 0, LineParser.LINE_LIMIT_BYTES)) {
      InputLines.Line first = lines.next().orElseThrow();
      second = first.end();
      assertThat(parser.parse(first)).isEqualTo(new InputLine.Accepted(1, "a", "m", 1, body));
    }
    ByteArrayInputStream rest = new ByteArrayInputStream(input);
    assertThat(rest.skip(second)).isEqualTo(second);
    try (InputLines lines = new InputLines(rest, 2, second, LineParser.LINE_LIMIT_BYTES)) {
      assertThat(parser.parse(lines.next().orElseThrow()))
          .isEqualTo(new InputLine.Accepted(2, "b", "m", 1, "{\"model\":\"m\"}"));
      assertThat(lines.next()).isEmpty();
    }
  }
}
