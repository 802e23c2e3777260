package io.dualtrack.bodies;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Whether a text asks for the reasoning itself, which is what teaches another model most. The cues
 * are data: {@code elicitation.txt}.
 */
final class Elicitation {

  private static final String RESOURCE = "elicitation.txt";

  /** Cues of languages that put spaces between words, by their first word. */
  private final Map<String, List<List<String>>> phrases = new HashMap<>();

  /** Cues of the others, which stand anywhere in a run of letters. */
  private final List<String> runs = new ArrayList<>();

  private Elicitation() {}

  /** Reads the shipped cues. */
  static Elicitation shipped() {
    Elicitation cues = new Elicitation();
    try (InputStream in = Elicitation.class.getResourceAsStream(RESOURCE)) {
      if (in == null) {
        throw new IllegalStateException(RESOURCE + " was not packaged");
      }
      new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))
          .lines()
          .filter(line -> !line.isBlank() && !line.startsWith("#"))
          .forEach(cues::add);
    } catch (IOException e) {
      throw new UncheckedIOException(RESOURCE + " cannot be read", e);
    }
    return cues;
  }

  private void add(String cue) {
    List<String> words = Wording.of(cue).words();
    if (isUnspaced(cue.charAt(0))) {
      runs.add(cue);
    } else {
      phrases.computeIfAbsent(words.get(0), first -> new ArrayList<>()).add(List.copyOf(words));
    }
  }

  /** Whether any cue is in a text of these words. */
  boolean isIn(List<String> words) {
    for (int i = 0; i < words.size(); i++) {
      String word = words.get(i);
      for (List<String> phrase : phrases.getOrDefault(word, List.of())) {
        if (i + phrase.size() <= words.size()
            && words.subList(i, i + phrase.size()).equals(phrase)) {
          return true;
        }
      }
      if (isUnspaced(word.charAt(0)) && runs.stream().anyMatch(word::contains)) {
        return true;
      }
    }
    return false;
  }

  /** Chinese and Japanese. */
  private static boolean isUnspaced(char letter) {
    return letter >= '\u3040' && letter <= '\u9fff';
  }
}
