package io.dualtrack.local.feeder;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.local.feeder.BatchLine.Accepted;
import io.dualtrack.local.feeder.BatchLine.Rejected;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class LineParserTest {

  private static final String GOOD =
      "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"n\":1.50}}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "not json                                                    | invalid_json_line",
        "{\"custom_id\":\"a\"                                        | invalid_json_line",
        "[1]                                                         | invalid_json_line",
        "{} {}                                                       | invalid_json_line",
        "{\"custom_id\":\"a\",\"custom_id\":\"b\"}                   | invalid_json_line",
        "{\"custom_id\":\"a\",\"body\":{\"n\":1,\"n\":2}}            | invalid_json_line",
        "{}                                                          | missing_custom_id",
        "{\"custom_id\":null}                                        | missing_custom_id",
        "{\"custom_id\":7}                                           | invalid_custom_id",
        "{\"custom_id\":\" \"}                                       | invalid_custom_id",
        "{\"custom_id\":\"a\"}                                       | missing_method",
        "{\"custom_id\":\"a\",\"method\":\"GET\"}                    | invalid_method",
        "{\"custom_id\":\"a\",\"method\":\"POST\"}                   | missing_url",
        "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/x\"} | unsupported_url",
        "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\"} | missing_body",
        "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":\"x\"}"
            + " | invalid_body"
      })
  void aLineThatCannotBeSentSaysWhy(String line, String code) throws Exception {
    assertThat(parse(line)).singleElement().isInstanceOf(Rejected.class);
    Rejected rejected = (Rejected) parse(line).get(0);
    assertThat(rejected.code()).isEqualTo(code);
    assertThat(rejected.what()).isNotBlank();
    assertThat(rejected.remedy()).isNotBlank();
  }

  @Test
  void aBodyIsTakenAsItStandsInTheFile() throws Exception {
    String line =
        "{\"body\": { \"temperature\" : 1.50, \"big\":123456789012345678901234567890 ,\"s\":\"\\u00fc ü\"},"
            + " \"url\":\"/v1/chat/completions\",\"method\":\"post\",\"custom_id\":\"ä\"}";

    Accepted accepted = (Accepted) parse(line).get(0);

    assertThat(accepted.customId()).isEqualTo("ä");
    assertThat(accepted.body())
        .isEqualTo(
            "{ \"temperature\" : 1.50, \"big\":123456789012345678901234567890 ,\"s\":\"\\u00fc ü\"}");
  }

  @Test
  void theSecondLineWithACustomIdIsRejectedAndTheFirstIsNot() throws Exception {
    List<BatchLine> lines = parse(GOOD + "\n" + GOOD + "\n");

    assertThat(lines.get(0)).isInstanceOf(Accepted.class);
    assertThat(((Rejected) lines.get(1)).code()).isEqualTo("duplicate_custom_id");
    assertThat(lines.get(1).number()).isEqualTo(2);
  }

  @Test
  void aRejectedLineDoesNotTakeItsCustomId() throws Exception {
    List<BatchLine> lines = parse("{\"custom_id\":\"a\"}\n" + GOOD);

    assertThat(lines.get(1)).isInstanceOf(Accepted.class);
  }

  @Test
  void aBodyOfExactlyTheLimitIsSentAndOneByteMoreIsNot() throws Exception {
    String frame = "{\"p\":\"\"}";
    String fits = "x".repeat(LineParser.BODY_LIMIT_BYTES - frame.length());

    BatchLine atLimit = parse(GOOD.replace("{\"n\":1.50}", "{\"p\":\"" + fits + "\"}")).get(0);
    BatchLine above = parse(GOOD.replace("{\"n\":1.50}", "{\"p\":\"x" + fits + "\"}")).get(0);

    assertThat(((Accepted) atLimit).body()).hasSize(LineParser.BODY_LIMIT_BYTES);
    assertThat(((Rejected) above).code()).isEqualTo("body_too_large");
  }

  @Test
  void aLineOfAMegabyteIsRejectedUnderItsCustomIdAndTheNextLineGoesOn() throws Exception {
    String huge = GOOD.replace("1.50", "\"" + "x".repeat(1_000_000) + "\"");

    List<BatchLine> lines = parse(huge + "\n" + GOOD.replace("\"a\"", "\"b\""));

    Rejected rejected = (Rejected) lines.get(0);
    assertThat(rejected.code()).isEqualTo("body_too_large");
    assertThat(rejected.customId()).contains("a");
    assertThat(rejected.what()).contains("1,000,0").contains("262,144");
    assertThat(((Accepted) lines.get(1)).customId()).isEqualTo("b");
  }

  @Test
  void noMessageRepeatsTheTextOfItsLine() throws Exception {
    String secret = "{\"custom_id\":\"a\",\"body\":{\"content\":\"my diagnosis\" oops";

    assertThat(parse(secret).toString()).doesNotContain("diagnosis").doesNotContain("oops");
  }

  @Test
  void windowsLineEndsBlankLinesAndAByteOrderMarkAreNoErrors() throws Exception {
    List<BatchLine> lines =
        parse("\uFEFF" + GOOD + "\r\n\r\n  \n" + GOOD.replace("\"a\"", "\"b\"") + "\r\n");

    assertThat(lines).hasOnlyElementsOfType(Accepted.class).hasSize(2);
    assertThat(lines.get(1).number()).isEqualTo(4);
  }

  @Test
  void bytesThatAreNoUtf8AreNoJson() throws Exception {
    byte[] line = GOOD.replace("1.50", "\"ü\"").getBytes(StandardCharsets.ISO_8859_1);

    assertThat(((Rejected) parse(line).get(0)).code()).isEqualTo("invalid_json_line");
  }

  private static List<BatchLine> parse(String text) throws IOException {
    return parse(text.getBytes(StandardCharsets.UTF_8));
  }

  private static List<BatchLine> parse(byte[] text) throws IOException {
    LineParser parser = new LineParser();
    List<BatchLine> parsed = new ArrayList<>();
    try (BatchLines lines =
        new BatchLines(new ByteArrayInputStream(text), LineParser.LINE_LIMIT_BYTES)) {
      for (var line = lines.next(); line.isPresent(); line = lines.next()) {
        if (!line.get().blank()) {
          parsed.add(parser.parse(line.get()));
        }
      }
    }
    return parsed;
  }
}
