package io.dualtrack.jobs.comparison;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * What a request wants of its answer.
 *
 * @param schema that the answer must fit; missing where none is asked for
 */
record Asked(boolean wantsJson, JsonNode schema, boolean offersTools) {

  /**
   * @param body in the form of OpenAI's chat completions
   */
  static Asked of(String body) {
    JsonNode request = Json.parse(body);
    JsonNode format = request.path("response_format");
    String type = format.path("type").asText();
    return new Asked(
        type.equals("json_object") || type.equals("json_schema"),
        format.path("json_schema").path("schema"),
        !request.path("tools").isEmpty());
  }
}
