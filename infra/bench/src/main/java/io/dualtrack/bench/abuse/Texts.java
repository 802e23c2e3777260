package io.dualtrack.bench.abuse;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.hash.Hashing;
import io.dualtrack.bench.UnusableInput;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** What people ask, of one family: real prompts of public collections. */
final class Texts {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final int FEWEST = 50;

  private final List<String> all;

  private Texts(List<String> all) {
    this.all = all;
  }

  /**
   * Reads JSON lines: OpenAI batch lines (their last user message), or objects with {@code prompt},
   * or with {@code instruction} and {@code inputs}.
   *
   * @throws IOException if a file cannot be read, holds a line of no known shape, or if all files
   *     together hold too few texts of the family
   */
  static Texts read(List<Path> files, Family family) throws IOException {
    List<String> texts = new ArrayList<>();
    for (Path file : files) {
      try (BufferedReader lines = Files.newBufferedReader(file)) {
        int number = 0;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          number++;
          String text = text(JSON.readTree(line));
          if (text.isBlank()) {
            throw new UnusableInput(
                "%s line %d has no prompt, no instruction and no body.messages"
                    .formatted(file, number));
          }
          if (familyOf(text) == family) {
            texts.add(text);
          }
        }
      }
    }
    if (texts.size() < FEWEST) {
      throw new UnusableInput(
          "the files hold %d texts of the family %s; give files with more"
              .formatted(texts.size(), family));
    }
    return new Texts(texts);
  }

  static Texts of(List<String> texts) {
    return new Texts(List.copyOf(texts));
  }

  private static Family familyOf(String text) {
    int hash = Hashing.murmur3_32_fixed().hashString(text, StandardCharsets.UTF_8).asInt();
    return (hash & 1) == 0 ? Family.TUNING : Family.HELD_OUT;
  }

  private static String text(JsonNode line) {
    if (line.has("prompt")) {
      return line.get("prompt").asText();
    }
    if (line.has("instruction")) {
      String input = line.path("inputs").path(0).asText();
      return input.isEmpty()
          ? line.get("instruction").asText()
          : line.get("instruction").asText() + "\n\n" + input;
    }
    String last = "";
    for (JsonNode message : line.path("body").path("messages")) {
      if (message.path("role").asText().equals("user")) {
        last = message.path("content").asText();
      }
    }
    return last;
  }

  String any(RandomGenerator random) {
    return all.get(random.nextInt(all.size()));
  }

  /** Every {@code of}-th text, beginning with {@code part}: who shares the work shares no text. */
  String ofPart(int part, int of, RandomGenerator random) {
    int size = Math.max(1, (all.size() - part % of + of - 1) / of);
    return all.get(Math.min(all.size() - 1, part % of + of * random.nextInt(size)));
  }

  int size() {
    return all.size();
  }
}
