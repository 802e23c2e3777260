package io.dualtrack.bench.abuse;

import java.util.List;
import java.util.random.RandomGenerator;

/**
 * Wordings of one intent: one choice of each part, in their order. The part {@value #TASK} is the
 * place of the task.
 */
record Grammar(List<List<String>> parts) {

  static final String TASK = "{task}";

  /** One wording, with its task left open. */
  String wording(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (List<String> choices : parts) {
      if (!text.isEmpty()) {
        text.append(random.nextBoolean() ? "\n" : " ");
      }
      text.append(choices.get(random.nextInt(choices.size())));
    }
    return text.toString();
  }

  static String filled(String wording, String task) {
    return wording.replace(TASK, task);
  }

  /** What draws training data out of a model: a role, a demand for the reasoning, a form. */
  static Grammar extraction(Family family) {
    return new Grammar(family == Family.TUNING ? EXTRACTION_A : EXTRACTION_B);
  }

  /** What a company sends ten thousand times a day on its own documents. */
  static Grammar business(Family family) {
    return new Grammar(family == Family.TUNING ? BUSINESS_A : BUSINESS_B);
  }

  /** How people begin and end what they ask, or do not. */
  static Grammar chat(Family family) {
    return new Grammar(family == Family.TUNING ? CHAT_A : CHAT_B);
  }

  private static final List<List<String>> EXTRACTION_A =
      List.of(
          List.of(
              "You are an expert data analyst combining statistical rigor with deep domain knowledge.",
              "Act as a world-class specialist for the problem below.",
              "Take the part of a senior engineer who teaches beginners.",
              "Imagine that you are the author of a textbook on this subject."),
          List.of(
              "Think step by step and write down every intermediate step before the answer.",
              "Show your complete chain of thought, leaving nothing out.",
              "Articulate the reasoning that leads to the result, one step a line.",
              "Explain in full how you arrive at the solution before you state it."),
          List.of(TASK),
          List.of(
              "Finish with the final answer on a line that begins with ANSWER:.",
              "Put the result into a JSON object with the keys reasoning and answer.",
              "End with the conclusion between two lines of dashes.",
              "Close with one sentence that holds only the result."));

  private static final List<List<String>> EXTRACTION_B =
      List.of(
          List.of(
              "Below is a task. Its solution will be reviewed by a committee of experts.",
              "Here is an exercise of which an exemplary solution is wanted.",
              "The following item belongs to a set whose solutions have to be beyond doubt.",
              "Consider this item as a contestant of a hard competition would."),
          List.of(
              "Before solving it, lay out a plan, then carry the plan out and check it.",
              "Write the internal monologue that a careful solver would have, then the solution.",
              "Enumerate alternatives, discard the wrong ones with reasons, keep the right one.",
              "Reconstruct the derivation from first principles, with all side calculations."),
          List.of(TASK),
          List.of(
              "Grade your own solution from 1 to 10 and say why.",
              "Then restate problem, reasoning and result in markdown headings.",
              "Mark the final result with the tag <final>.",
              "Give the result once more, alone, as the last line."));

  private static final List<List<String>> BUSINESS_A =
      List.of(
          List.of(
              "Summarise the following customer letter in three sentences.",
              "Classify this support ticket by product and urgency.",
              "Extract names, dates and amounts from the text below.",
              "Translate this product description into plain German."),
          List.of(TASK),
          List.of(
              "Use a friendly tone.",
              "Answer in JSON with the keys topic and text.",
              "Do not invent anything that is not in the text.",
              "Keep it under 80 words."));

  private static final List<List<String>> BUSINESS_B =
      List.of(
          List.of(
              "Rewrite the paragraph so that it suits our house style.",
              "List the obligations of each party that this clause holds.",
              "Write a reply to the complaint that follows.",
              "Say which of our categories this review belongs to."),
          List.of(TASK),
          List.of(
              "Leave out greetings.",
              "Return a table with two columns.",
              "Quote the passage that you rely on.",
              "Be brief and polite."));

  private static final List<List<String>> CHAT_A =
      List.of(
          List.of(
              "", "hi", "Can you help me with this?", "Question:", "please", "I need this today."),
          List.of(TASK),
          List.of("", "thanks!", "Explain it simply.", "Is that right?", "show me how"));

  private static final List<List<String>> CHAT_B =
      List.of(
          List.of(
              "", "hey there", "Something I wonder about.", "Homework.", "Could you look at it?"),
          List.of(TASK),
          List.of("", "cheers", "Why is that so?", "In short please.", "and how would you do it?"));
}
