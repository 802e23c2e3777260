package io.dualtrack.bodies;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A text cut up.
 *
 * @param words every word and number, in lower case
 * @param skeleton the words, with each number as {@code 0} and each quoted part as {@code q}: what
 *     fills the gaps of a template looks the same
 */
record Wording(List<String> words, List<String> skeleton) {

  static Wording of(String text) {
    List<String> words = new ArrayList<>(text.length() / 6 + 1);
    List<String> skeleton = new ArrayList<>(text.length() / 6 + 1);
    int quoteEnd = -1;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (i > quoteEnd && closing(c) != 0) {
        int end = endOfQuote(text, i);
        if (end > 0) {
          quoteEnd = end;
          skeleton.add("q");
        }
      }
      if (!Character.isLetterOrDigit(c)) {
        i++;
        continue;
      }
      int start = i;
      while (i < text.length() && Character.isLetterOrDigit(text.charAt(i))) {
        i++;
      }
      String word = text.substring(start, i).toLowerCase(Locale.ROOT);
      words.add(word);
      if (start > quoteEnd) {
        skeleton.add(Character.isDigit(word.charAt(0)) ? "0" : word);
      }
    }
    return new Wording(words, skeleton);
  }

  /** Where the quoted part that begins at a position ends; -1 where it does not on that line. */
  private static int endOfQuote(String text, int begin) {
    char closing = closing(text.charAt(begin));
    for (int i = begin + 1; i < text.length() && text.charAt(i) != '\n'; i++) {
      if (text.charAt(i) == closing) {
        return i;
      }
    }
    return -1;
  }

  private static char closing(char opening) {
    return switch (opening) {
      case '"', '`' -> opening;
      case '\u201c' -> '\u201d';
      case '\u00ab' -> '\u00bb';
      default -> 0;
    };
  }
}
