package io.dualtrack.bodies;

import com.google.common.base.CharMatcher;
import com.optimaize.langdetect.DetectedLanguage;
import com.optimaize.langdetect.LanguageDetector;
import com.optimaize.langdetect.LanguageDetectorBuilder;
import com.optimaize.langdetect.i18n.LdLocale;
import com.optimaize.langdetect.ngram.NgramExtractors;
import com.optimaize.langdetect.profiles.LanguageProfileReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.Character.UnicodeScript;
import java.util.List;
import java.util.Set;

/**
 * The language of a text. Scripts that one language alone is written in tell it at once; among the
 * languages of the Latin, Cyrillic and Arabic scripts, the frequencies of character sequences do.
 * Only the first {@value #SAMPLE} letters count, which bounds the time and is enough. Most texts
 * are English and say so by words that no other language has, which is a tenth of the work.
 */
public final class Languages {

  public static final String UNDETERMINED = "und";

  private static final int SAMPLE = 64;
  private static final int FEWEST = 16;
  private static final double CONFIDENCE = 0.8;

  /** Those that most of the world writes, each of which costs time. */
  private static final List<String> BY_SEQUENCES =
      List.of(
          "ar", "bg", "cs", "da", "de", "en", "es", "fa", "fi", "fr", "hu", "id", "it", "nl", "no",
          "pl", "pt", "ro", "ru", "sv", "sw", "tr", "uk", "ur", "vi");

  /** Frequent words of English alone. */
  private static final Set<String> ENGLISH =
      Set.of(
          ("about and are because been before between bought buys could does each every "
                  + "explain following from given his how if many needs she should takes that the "
                  + "their them there they this two using wants what when where which while with "
                  + "would write you your")
              .split(" "));

  /** One such word may be a name or a quotation, but hardly in a text of ASCII letters. */
  private static final int TELLING_WORDS = 2;

  private static final LanguageDetector SEQUENCES = detector();

  private Languages() {}

  private static LanguageDetector detector() {
    try {
      return LanguageDetectorBuilder.create(NgramExtractors.standard())
          .withProfiles(
              new LanguageProfileReader()
                  .readBuiltIn(BY_SEQUENCES.stream().map(LdLocale::fromString).toList()))
          .minimalConfidence(CONFIDENCE)
          .shortTextAlgorithm(0)
          .build();
    } catch (IOException e) {
      throw new UncheckedIOException("the profiles of languages were not packaged", e);
    }
  }

  /** ISO 639-1; {@value #UNDETERMINED} where the text is too short or no language is likely. */
  public static String of(String text) {
    StringBuilder sample = new StringBuilder(2 * SAMPLE);
    int letters = 0;
    int han = 0;
    for (int i = 0; i < text.length() && letters < SAMPLE; i++) {
      char c = text.charAt(i);
      if (!Character.isLetter(c)) {
        if (!sample.isEmpty() && sample.charAt(sample.length() - 1) != ' ') {
          sample.append(' ');
        }
        continue;
      }
      letters++;
      if (c > '\u036f') {
        switch (UnicodeScript.of(c)) {
          case HIRAGANA, KATAKANA -> {
            return "ja";
          }
          case HANGUL -> {
            return "ko";
          }
          case THAI -> {
            return "th";
          }
          case GREEK -> {
            // Letters of formulas are Greek too.
            if (i > 0 && Character.isLetter(text.charAt(i - 1))) {
              return "el";
            }
          }
          case HEBREW -> {
            return "he";
          }
          case DEVANAGARI -> {
            return "hi";
          }
          case HAN -> han++;
          default -> {}
        }
      }
      sample.append(Character.toLowerCase(c));
    }
    if (han > letters / 2 && han > 1) {
      return "zh";
    }
    if (letters < FEWEST) {
      return UNDETERMINED;
    }
    return isEnglish(sample) ? "en" : bySequences(sample);
  }

  private static boolean isEnglish(StringBuilder sample) {
    int telling = 0;
    int start = 0;
    for (int end = sample.indexOf(" "); end >= 0; end = sample.indexOf(" ", start)) {
      telling += ENGLISH.contains(sample.substring(start, end)) ? 1 : 0;
      start = end + 1;
    }
    return telling >= TELLING_WORDS || (telling > 0 && CharMatcher.ascii().matchesAllOf(sample));
  }

  private static String bySequences(CharSequence sample) {
    List<DetectedLanguage> likely = SEQUENCES.getProbabilities(sample);
    return likely.isEmpty() || likely.get(0).getProbability() < CONFIDENCE
        ? UNDETERMINED
        : likely.get(0).getLocale().getLanguage();
  }
}
