package io.dualtrack.bodies;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What there is to know of a request's text before any key is applied.
 *
 * @param instructed skeleton of the beginning of the system prompt
 */
record Reading(
    Wording wording,
    List<String> instructed,
    List<String> capabilities,
    String language,
    boolean elicitsReasoning) {

  static Reading of(ObjectNode body, Elicitation elicitation) {
    Conversation conversation = Conversation.of(body);
    Wording wording = Wording.of(conversation.asked());
    return new Reading(
        wording,
        Wording.of(conversation.instructed()).skeleton(),
        Capabilities.of(body, wording.words(), conversation.asked()),
        Languages.of(conversation.asked()),
        elicitation.isIn(wording.words()));
  }
}
