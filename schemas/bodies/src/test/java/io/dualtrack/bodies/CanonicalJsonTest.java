package io.dualtrack.bodies;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CanonicalJsonTest {

  private static final ObjectMapper JSON =
      new ObjectMapper().enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS);

  /** RFC 8785, section 3.2.2 and 3.2.3. */
  @Test
  void theExampleOfTheRfcHasTheFormThatTheRfcGives() throws Exception {
    String example =
        """
        {
          "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
          "string": "\\u20ac$\\u000F\\u000aA'\\u0042\\u0022\\u005c\\\\\\"\\/",
          "literals": [null, true, false]
        }""";
    assertThat(canonical(example))
        .isEqualTo(
            "{\"literals\":[null,true,false],\"numbers\":[333333333.3333333,1e+30,4.5,0.002,1e-27],"
                + "\"string\":\"\u20ac$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"}");
  }

  /** RFC 8785, section 3.2.3. */
  @Test
  void fieldsAreSortedByTheirUtf16Units() throws Exception {
    String example =
        "{\"\\u20ac\":\"Euro Sign\",\"\\r\":\"Carriage Return\",\"\\ufb33\":\"Hebrew\","
            + "\"1\":\"One\",\"\\ud83d\\ude00\":\"Emoji\",\"\\u0080\":\"Control\","
            + "\"\\u00f6\":\"o\"}";
    assertThat(canonical(example).replaceAll("\"[^\"]*\":", "").replace("\"", ""))
        .isEqualTo("{Carriage Return,One,Control,o,Euro Sign,Emoji,Hebrew}");
  }

  /** RFC 8785, appendix B. */
  @Test
  void numbersAreWrittenAsEcmaScriptWritesThem() throws Exception {
    assertThat(
            canonical(
                "{\"n\":[-0.0,1e21,1e-7,100,1.0,9007199254740992,5e-324,1.7976931348623157e308]}"))
        .isEqualTo("{\"n\":[0,1e+21,1e-7,100,1,9007199254740992,5e-324,1.7976931348623157e+308]}");
    assertThat(canonical("{\"n\":295147905179352830000}"))
        .isEqualTo("{\"n\":295147905179352830000}");
  }

  @Test
  void wholeNumbersThatADoubleCannotHoldStayApart() throws Exception {
    assertThat(canonical("{\"seed\":9007199254740993}"))
        .isNotEqualTo(canonical("{\"seed\":9007199254740992}"));
  }

  @Test
  void loneSurrogatesStayApart() throws Exception {
    assertThat(canonical("{\"a\":\"\\ud800\"}")).isEqualTo("{\"a\":\"\\ud800\"}");
    assertThat(canonical("{\"a\":\"\\ud83d\\ude00\"}")).isEqualTo("{\"a\":\"\ud83d\ude00\"}");
  }

  @Test
  void leftOutAreTheObjectsOwnFieldsOnly() throws Exception {
    ObjectNode node = (ObjectNode) JSON.readTree("{\"user\":1,\"in\":{\"user\":2}}");
    assertThat(CanonicalJson.of(node, Set.of("user"))).isEqualTo("{\"in\":{\"user\":2}}");
  }

  private static String canonical(String json) throws Exception {
    return CanonicalJson.of((ObjectNode) JSON.readTree(json), Set.of());
  }
}
