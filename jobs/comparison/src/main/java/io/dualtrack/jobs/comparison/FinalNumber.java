package io.dualtrack.jobs.comparison;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import java.math.BigDecimal;
import java.util.Optional;

/**
 * The number that an answer comes to. GSM8K's own answers end in {@code #### 42} (Cobbe et al.
 * 2021, Training verifiers to solve math word problems); models also write {@code \boxed{42}}, "the
 * answer is 42", or end in it.
 */
final class FinalNumber {

  /** More digits than this are an identifier. */
  private static final int MOST_CHARS = 40;

  /** An answer states its number here, if it does. */
  private static final int END_CHARS = 2_000;

  private static final String NUMBER = "([-−]?[0-9][0-9,]*(?:\\.[0-9]+)?)";
  private static final String BEFORE = "[\\s*$€£(]*";

  private static final Pattern ANY = Pattern.compile(NUMBER);
  private static final Pattern MARKED = Pattern.compile("####" + BEFORE + NUMBER);
  private static final Pattern BOXED =
      Pattern.compile("\\\\boxed\\{" + BEFORE + NUMBER + "[^0-9}]*\\}");
  private static final Pattern SAID =
      Pattern.compile("(?i)answer(?:\\s+is)?\\s*[:=]?" + BEFORE + NUMBER);
  private static final Pattern AT_END =
      Pattern.compile("(?:^|[\\s*$€£(=])" + NUMBER + "[\\s*%).€$£]*$");

  private FinalNumber() {}

  /** The number that a text states as what it comes to; empty where it states none. */
  static Optional<BigDecimal> stated(String text) {
    return last(MARKED, text)
        .or(() -> last(BOXED, text))
        .or(() -> last(SAID, text))
        .or(() -> last(AT_END, text));
  }

  /** That, or else the last number of the text. */
  static Optional<BigDecimal> any(String text) {
    return stated(text).or(() -> last(ANY, text));
  }

  private static Optional<BigDecimal> last(Pattern pattern, String text) {
    Matcher matcher = pattern.matcher(text.substring(Math.max(0, text.length() - END_CHARS)));
    String found = null;
    while (matcher.find()) {
      found = matcher.group(1);
    }
    if (found == null || found.length() > MOST_CHARS) {
      return Optional.empty();
    }
    return Optional.of(new BigDecimal(found.replace(",", "").replace('−', '-')));
  }
}
