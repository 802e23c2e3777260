package io.dualtrack.bench.abuse;

import io.dualtrack.local.abuse.RecordedExchange;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/**
 * A log as exchanges, and what is known of it.
 *
 * @param truths of all accounts, by account
 * @param asked times of the hidden accounts' exchanges, in order
 * @param seen accounts that asked at all
 */
record MadeLog(
    ExchangeFile file, Map<String, Truth> truths, Map<String, List<Instant>> asked, int seen) {

  /**
   * @param path where the exchanges are written
   */
  static MadeLog of(LogRecipe recipe, Path path) throws IOException {
    return of(recipe, path, line -> {});
  }

  /**
   * @param path where the exchanges are written
   * @param each is told of every line
   */
  static MadeLog of(LogRecipe recipe, Path path, Consumer<RecordedExchange> each)
      throws IOException {
    LogRecipe.Made made = recipe.make();
    Map<String, Truth> truths =
        made.members().stream().map(Truth::of).collect(Collectors.toMap(Truth::account, t -> t));
    Map<String, List<Instant>> asked = new HashMap<>();
    Set<String> seen = new HashSet<>();
    ExchangeFile file =
        ExchangeFile.write(
            made.log(),
            recipe.seed(),
            path,
            line -> {
              each.accept(line);
              seen.add(line.account());
              if (truths.get(line.account()).hidden()) {
                asked.computeIfAbsent(line.account(), account -> new ArrayList<>()).add(line.at());
              }
            });
    return new MadeLog(file, truths, asked, seen.size());
  }

  Score score(Path alerts) throws IOException {
    return Score.of(truths, asked, LogFiles.namings(alerts));
  }
}
