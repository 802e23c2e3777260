package io.dualtrack.jobs.comparison;

import java.text.Normalizer;
import java.util.Locale;
import java.util.Set;

/**
 * Texts without what does not matter to most readers: case, punctuation, English articles, spaces;
 * as the evaluation of SQuAD does it (Rajpurkar et al. 2016). JSON is compared by value.
 */
final class NormalText {

  private static final Set<String> ARTICLES = Set.of("a", "an", "the");

  private NormalText() {}

  static boolean same(Answer one, Answer other) {
    if (one.json().isContainerNode() && other.json().isContainerNode()) {
      return Json.same(one.json(), other.json());
    }
    return one.text().equals(other.text()) || of(one.text()).equals(of(other.text()));
  }

  static String of(String text) {
    String folded = Normalizer.normalize(text, Normalizer.Form.NFKC).toLowerCase(Locale.ROOT);
    StringBuilder words = new StringBuilder(folded.length());
    int start = 0;
    for (int i = 0; i <= folded.length(); i++) {
      if (i == folded.length() || !isOfWord(folded.charAt(i))) {
        String word = folded.substring(start, i);
        if (!word.isEmpty() && !ARTICLES.contains(word)) {
          words.append(word).append(' ');
        }
        start = i + 1;
      }
    }
    return words.toString();
  }

  /** Marks of scripts that need them, and halves of rare characters, are of a word too. */
  private static boolean isOfWord(char c) {
    return Character.isLetterOrDigit(c)
        || Character.isSurrogate(c)
        || Character.getType(c) == Character.NON_SPACING_MARK
        || Character.getType(c) == Character.COMBINING_SPACING_MARK;
  }
}
