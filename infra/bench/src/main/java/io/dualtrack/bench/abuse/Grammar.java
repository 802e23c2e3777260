package io.dualtrack.bench.abuse;

import java.util.List;
import java.util.Map;
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

  /** How people of another language ask. */
  static Grammar foreign(String language) {
    return new Grammar(FOREIGN.get(language));
  }

  /** The instruction of some small program. */
  static String program(int number) {
    return "You are the assistant of %s. %s"
        .formatted(
            PROGRAMS.get(number % PROGRAMS.size()),
            "Answer as its customers expect it, and about nothing else.");
  }

  private static final List<String> PROGRAMS =
      List.of(
          "a travel agency",
          "a recipe site",
          "a school for adults",
          "a dating application",
          "a shop for spare parts",
          "a tax adviser",
          "a card game",
          "a newspaper's archive",
          "a gardening club",
          "a language school",
          "a moving company");

  private static final Map<String, List<List<String>>> FOREIGN =
      Map.of(
          "de",
          List.of(
              List.of(
                  "Kannst du mir bitte bei der folgenden Aufgabe helfen, ich komme damit nicht"
                      + " weiter.",
                  "Ich verstehe diese Frage nicht ganz und brauche eine verständliche Antwort"
                      + " darauf.",
                  "Guten Tag, was ist die richtige Antwort auf das, was hier unten steht, und"
                      + " warum?"),
              List.of(TASK)),
          "fr",
          List.of(
              List.of(
                  "Pouvez-vous m'aider avec le problème suivant, je n'arrive pas à le résoudre"
                      + " seul.",
                  "Bonjour, je ne comprends pas bien cette question et j'aimerais une réponse"
                      + " claire.",
                  "Quelle est la bonne réponse à ce qui est écrit ici, et pourquoi est-ce le cas"
                      + " ?"),
              List.of(TASK)),
          "es",
          List.of(
              List.of(
                  "¿Me puedes ayudar con el siguiente problema, que no consigo resolver por mi"
                      + " cuenta?",
                  "Hola, no entiendo bien esta pregunta y necesito una respuesta que sea sencilla.",
                  "¿Cuál es la respuesta correcta a lo que está escrito aquí abajo, y por qué lo"
                      + " es?"),
              List.of(TASK)),
          "ru",
          List.of(
              List.of(
                  "Помоги мне, пожалуйста, с этой задачей, я никак не могу решить её"
                      + " самостоятельно.",
                  "Здравствуйте, я не совсем понимаю этот вопрос и хотел бы получить ясный ответ.",
                  "Какой ответ на то, что написано ниже, будет правильным, и почему именно он?"),
              List.of(TASK)),
          "zh",
          List.of(
              List.of(
                  "请帮我看看下面这道题，我自己怎么也做不出来，希望能得到一个清楚的答案。",
                  "你好，我不太明白这个问题的意思，请用简单的话告诉我应该怎么回答。",
                  "下面写的内容正确的答案是什么？为什么是这个答案？谢谢你的帮助。"),
              List.of(TASK)),
          "fa",
          List.of(
              List.of(
                  "لطفاً در حل این مسئله به من کمک کنید، خودم به تنهایی نمی‌توانم آن را حل کنم.",
                  "سلام، من این پرسش را درست نمی‌فهمم و به پاسخی روشن و ساده نیاز دارم.",
                  "پاسخ درست آنچه در زیر نوشته شده است چیست و چرا این پاسخ درست است؟"),
              List.of(TASK)),
          "vi",
          List.of(
              List.of(
                  "Bạn giúp tôi giải bài toán dưới đây với, tôi tự làm mãi mà vẫn không ra kết"
                      + " quả.",
                  "Xin chào, tôi không hiểu rõ câu hỏi này và cần một câu trả lời thật đơn giản.",
                  "Câu trả lời đúng cho những gì viết ở dưới đây là gì, và tại sao lại như vậy?"),
              List.of(TASK)));

  static final List<String> LANGUAGES = FOREIGN.keySet().stream().sorted().toList();

  private static final List<List<String>> EXTRACTION_A =
      List.of(
          List.of(
              "You are an expert data analyst combining statistical rigor with deep domain"
                  + " knowledge.",
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
