package io.dualtrack.bench.abuse;

import io.dualtrack.bench.MarkedPage;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The page about an evaluation, whose parts are made one at a time. What stands between a part's
 * marks is written anew each time; the rest of a page that is there stays, so that people can say
 * beside the figures what they mean.
 */
record EvaluationPage(Path file) {

  /** What can be run by itself. */
  enum Part {
    CAMPAIGNS,
    LONG,
    ABLATIONS,
    SCENARIOS,
    DISGUISES;

    private MarkedPage place() {
      return new MarkedPage("bench abuse-evaluation --part " + name().toLowerCase(Locale.ROOT));
    }
  }

  /**
   * Writes a part; a page that is not there is made.
   *
   * @throws IOException if the page cannot be written, or has no place for the part
   */
  void put(Part part, String text) throws IOException {
    if (!Files.exists(file)) {
      String empty =
          Arrays.stream(Part.values())
              .map(Part::place)
              .map(place -> "%n%s%n%s%n".formatted(place.begin(), place.end()))
              .collect(Collectors.joining());
      Files.writeString(file, "# Evaluation of the abuse job\n" + empty);
    }
    MarkedPage place = part.place();
    Files.writeString(file, place.put(place.read(file), "\n" + text + "\n"));
  }

  /** Name of the folder beside the page that its plots are in. */
  String folder() {
    return file.getFileName().toString().replaceFirst("\\.md$", "");
  }

  EvaluationPlots plots() {
    return new EvaluationPlots(file.toAbsolutePath().resolveSibling(folder()));
  }
}
