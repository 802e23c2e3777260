package io.dualtrack.bodies;

import com.google.common.primitives.ImmutableIntArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * A text cut up.
 *
 * @param words every word and number, in lower case
 * @param skeleton the words, with each number as {@value #NUMBER} and each quoted part as {@value
 *     #QUOTE}: what fills the gaps of a template looks the same
 * @param origins for each part of the skeleton the index of the word that it is; {@value #GAP} for
 *     numbers and quoted parts
 */
record Wording(List<String> words, List<String> skeleton, ImmutableIntArray origins) {

  static final int GAP = -1;

  static final String NUMBER = "0";
  static final String QUOTE = "q";

  static Wording of(String text) {
    List<String> words = new ArrayList<>(text.length() / 6 + 1);
    List<String> skeleton = new ArrayList<>(text.length() / 6 + 1);
    ImmutableIntArray.Builder origins = ImmutableIntArray.builder(text.length() / 6 + 1);
    int quoteEnd = -1;
    int i = 0;
    while (i < text.length()) {
      char c = text.charAt(i);
      if (i > quoteEnd && closing(c) != 0) {
        int end = endOfQuote(text, i);
        if (end > 0) {
          quoteEnd = end;
          skeleton.add(QUOTE);
          origins.add(GAP);
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
        boolean number = Character.isDigit(word.charAt(0));
        skeleton.add(number ? NUMBER : word);
        origins.add(number ? GAP : words.size() - 1);
      }
    }
    return new Wording(words, skeleton, origins.build());
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
