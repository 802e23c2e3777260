package io.dualtrack.gateway.feeder;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.feeder.InputLine.Accepted;
import io.dualtrack.gateway.feeder.InputLine.Rejected;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LineCheckTest {

  private static final String GOOD =
      "{\"custom_id\":\"a\",\"method\":\"POST\",\"url\":\"/v1/chat/completions\",\"body\":{\"model\":\"m\"}}";

  @Test
  void theSecondLineWithACustomIdIsRejectedAndTheFirstIsNot() throws IOException {
    List<InputLine> lines = check(GOOD + "\n" + GOOD);

    assertThat(lines.get(0)).isInstanceOf(Accepted.class);
    assertThat(lines.get(1))
        .isInstanceOfSatisfying(
            Rejected.class,
            rejected -> {
              assertThat(rejected.number()).isEqualTo(2);
              assertThat(rejected.code()).isEqualTo("duplicate_custom_id");
              assertThat(rejected.customId()).isEqualTo("a");
            });
  }

  @Test
  void aRejectedLineDoesNotTakeItsCustomId() throws IOException {
    List<InputLine> lines = check(GOOD.replace("\"m\"", "7") + "\n" + GOOD);

    assertThat(((Rejected) lines.get(0)).customId()).isEqualTo("a");
    assertThat(lines.get(1)).isInstanceOf(Accepted.class);
  }

  @Test
  void aLineThatIsTooLongIsRejectedUnderItsCustomIdAndTheNextOneGoesOn() throws IOException {
    String huge = GOOD.replace("\"m\"", "\"" + "m".repeat(LineParser.LINE_LIMIT_BYTES) + "\"");

    List<InputLine> lines = check(huge + "\n" + GOOD);

    assertThat(((Rejected) lines.get(0)).code()).isEqualTo("line_too_large");
    assertThat(((Rejected) lines.get(0)).customId()).isEqualTo("a");
    assertThat(lines.get(1)).isInstanceOf(Accepted.class);
  }

  @Test
  void noMessageRepeatsTheTextOfItsLine() throws IOException {
    String secret = "{\"custom_id\":\"a\",\"body\":{\"content\":\"my diagnosis\" oops";

    assertThat(check(secret).toString()).doesNotContain("diagnosis").doesNotContain("oops");
  }

  private static List<InputLine> check(String text) throws IOException {
    LineCheck check = new LineCheck("/v1/chat/completions");
    List<InputLine> checked = new ArrayList<>();
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    try (InputLines lines =
        new InputLines(new ByteArrayInputStream(bytes), 1, 0, LineParser.LINE_LIMIT_BYTES)) {
      for (Optional<InputLines.Line> line = lines.next(); line.isPresent(); line = lines.next()) {
        checked.add(check.check(line.get()));
      }
    }
    return checked;
  }
}
