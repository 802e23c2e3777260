package io.dualtrack.bodies;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.Test;

class CardNumbersTest {

  private static final String GONE = CardNumbers.PLACEHOLDER;

  @Test
  void cardNumbersOfEveryLengthAndSpellingAreTakenOut() {
    // Test numbers that the card schemes publish, 13 to 19 digits.
    for (String card :
        List.of(
            "4222222222222",
            "30569309025904",
            "378282246310005",
            "4111111111111111",
            "4111 1111 1111 1111",
            "5555-5555-5555-4444",
            "3782 822463 10005",
            "2223\u00a00000\u00a04840\u00a00011",
            "6304000000000000000")) {
      assertThat(CardNumbers.redact("pay with " + card + ", please"))
          .as(card)
          .isEqualTo("pay with " + GONE + ", please");
      assertThat(CardNumbers.redact(card)).as(card).isEqualTo(GONE);
    }
  }

  @Test
  void whatIsNoCardNumberStays() {
    for (String text :
        List.of(
            "4111111111111112",
            "4111 1111 1111 1112",
            "411111111111",
            "0000000000000000",
            "41111111111111111111111111",
            "12345678901234567890",
            "2026-11-21 08:00:00",
            "1 2 3 4 5 6 7 8 9",
            "data:image/png;base64,4111111111111111")) {
      assertThat(CardNumbers.redact(text)).as(text).isEqualTo(text);
    }
  }

  @Test
  void severalInOneTextAreAllTakenOutAndTheRestStays() {
    assertThat(CardNumbers.redact("a 4111111111111111 b 4111111111111112 c 5555555555554444."))
        .isEqualTo("a " + GONE + " b 4111111111111112 c " + GONE + ".");
    assertThat(CardNumbers.redact("4111111111111111 12/29 123")).isEqualTo(GONE + " 12/29 123");
    assertThat(CardNumbers.redact("order 77 4111 1111 1111 1111 123"))
        .isEqualTo("order 77 " + GONE + " 123");
  }

  @Test
  void everyTextOfABodyIsLookedAtAndNothingElse() throws JsonProcessingException {
    ObjectNode body =
        (ObjectNode)
            new ObjectMapper()
                .readTree(
                    """
                    {"model":"gpt","seed":4111111111111111,"user":"4111111111111111",
                    "messages":[{"role":"user","content":"4111111111111111"},
                    {"role":"user","content":[{"type":"text","text":"x 4111111111111111"}]},
                    {"role":"tool","content":"{\\"pan\\":\\"4111111111111111\\"}"}],
                    "stop":["4111111111111111"]}""");

    assertThat(CardNumbers.redact(body)).isTrue();

    assertThat(body.toString().split("card number removed", -1)).hasSize(6);
    assertThat(body.path("seed").longValue()).isEqualTo(4111111111111111L);
    assertThat(CardNumbers.redact(body)).isFalse();
  }
}
