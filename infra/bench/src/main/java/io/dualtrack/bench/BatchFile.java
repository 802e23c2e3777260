package io.dualtrack.bench;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.BufferedWriter;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;

/** Makes batches of any length out of the example's prompts. */
public final class BatchFile {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PADDING = " Take all the time that you need for it.";
  private static final String PROMPTS = "/examples/acme.jsonl";

  private BatchFile() {}

  /**
   * Writes a batch of the tenant acme in which no two lines ask the same.
   *
   * @param series distinguishes the lines of this batch from those of others
   * @param models named in turn
   */
  public static void writeDistinct(Path file, int lines, String series, List<String> models)
      throws IOException {
    writeDistinct(file, lines, series, models, 0);
  }

  /**
   * As the other one, with lines of a length.
   *
   * @param bytes of each line, at least; a long example may be longer
   */
  public static void writeDistinct(
      Path file, int lines, String series, List<String> models, int bytes) throws IOException {
    List<String> examples = examples();
    try (BufferedWriter out = Files.newBufferedWriter(file)) {
      for (int number = 0; number < lines; number++) {
        ObjectNode line = (ObjectNode) JSON.readTree(examples.get(number % examples.size()));
        line.put("custom_id", series + "-" + number);
        ObjectNode body = (ObjectNode) line.get("body");
        body.put("model", models.get(number % models.size()));
        body.remove("metadata");
        JsonNode messages = body.get("messages");
        ObjectNode question = (ObjectNode) messages.get(messages.size() - 1);
        question.put(
            "content",
            "%s (variant %s %d)".formatted(question.get("content").asText(), series, number));
        String text = JSON.writeValueAsString(line);
        int missing = bytes - text.getBytes(StandardCharsets.UTF_8).length - 1;
        if (missing > 0) {
          question.put("content", question.get("content").asText() + padding(missing));
          text = JSON.writeValueAsString(line);
        }
        out.write(text);
        out.newLine();
      }
    }
  }

  private static String padding(int characters) {
    return PADDING.repeat(characters / PADDING.length() + 1).substring(0, characters);
  }

  private static List<String> examples() throws IOException {
    try (InputStream in = Objects.requireNonNull(BatchFile.class.getResourceAsStream(PROMPTS));
        BufferedReader reader =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      return reader.lines().toList();
    }
  }
}
