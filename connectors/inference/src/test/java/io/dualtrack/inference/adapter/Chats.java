package io.dualtrack.inference.adapter;

import io.dualtrack.inference.Samples;
import io.dualtrack.schemas.DispatchOrder;
import java.util.stream.Stream;

/** Chats in OpenAI's form that between them have everything that has a translation. */
public final class Chats {

  public static final String TOOL =
"""
{"type":"function","function":{"name":"weather","description":"Weather of a city","parameters":{"type":"object","properties":{"city":{"type":"string"}},"required":["city"]}}}\
""";

  public static final String SCHEMA =
"""
{"type":"json_schema","json_schema":{"name":"answer","strict":true,"schema":{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}}}\
""";

  private Chats() {}

  public static Stream<String> all() {
    return Stream.of(
        """
        {"model":"m","messages":[{"role":"user","content":"Hello"}]}\
        """,
"""
{"model":"m","max_completion_tokens":200,"temperature":0.25,"top_p":0.9,"stop":["END"],"messages":[{"role":"system","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"Hello"},{"type":"text","text":"again"}]}]}\
""",
"""
{"model":"m","max_tokens":5000,"stop":"x","messages":[{"role":"developer","content":"Be brief."},{"role":"user","content":[{"type":"text","text":"What is it?"},{"type":"image_url","image_url":{"url":"data:image/png;base64,iVBORw0KGgo="}}]}]}\
""",
"""
{"model":"m","tools":[%s],"tool_choice":"required","messages":[{"role":"user","content":"Weather in Rome and Bonn?"},{"role":"assistant","content":null,"tool_calls":[{"id":"call_1","type":"function","function":{"name":"weather","arguments":"{\\"city\\":\\"Rome\\"}"}},{"id":"call_2","type":"function","function":{"name":"weather","arguments":"{\\"city\\":\\"Bonn\\"}"}}]},{"role":"tool","tool_call_id":"call_1","content":"sunny"},{"role":"tool","tool_call_id":"call_2","content":"rain"},{"role":"user","content":"Thanks"}]}\
"""
            .formatted(TOOL),
"""
{"model":"m","tools":[%s],"tool_choice":{"type":"function","function":{"name":"weather"}},"messages":[{"role":"user","content":"Weather?"}]}\
"""
            .formatted(TOOL),
        """
        {"model":"m","response_format":%s,"messages":[{"role":"user","content":"How many?"}]}\
        """
            .formatted(SCHEMA));
  }

  public static DispatchOrder order(String body) {
    return DispatchOrder.newBuilder(Samples.order("o-1", "offering")).setBody(body).build();
  }
}
