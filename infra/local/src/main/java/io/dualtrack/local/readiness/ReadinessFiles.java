package io.dualtrack.local.readiness;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** Readiness as text and as a folder of files. */
public final class ReadinessFiles {

  private ReadinessFiles() {}

  public static String markdown(Readiness readiness) {
    return ReadinessPage.of(readiness, List.of());
  }

  public static String json(Readiness readiness) {
    return ReadinessJson.of(readiness).toPrettyString();
  }

  /** Writes readiness.md, readiness.json and the plots that the page shows. */
  public static void write(Readiness readiness, Path folder) throws IOException {
    Files.createDirectories(folder);
    List<String> plots = ReadinessPlots.write(readiness, folder);
    Files.writeString(folder.resolve("readiness.md"), ReadinessPage.of(readiness, plots));
    Files.writeString(folder.resolve("readiness.json"), json(readiness) + "\n");
  }
}
