package io.dualtrack.bench.abuse;

import java.io.BufferedWriter;
import java.io.IOException;
import java.io.OutputStream;
import java.io.OutputStreamWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.zip.GZIPOutputStream;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Makes a labelled log for `abuse replay`. */
@Command(
    name = "abuse-log",
    mixinStandardHelpOptions = true,
    sortOptions = false,
    description = {
      "Makes a log of honest accounts, the hard cases among them, with hidden distillation",
      "campaigns, and a file that says which account is which. All of it is synthetic but the",
      "texts and the shapes of the clients' traffic. Equal seeds make equal logs."
    })
public final class AbuseLogCommand implements Callable<Integer> {

  @Option(
      names = "--out",
      required = true,
      paramLabel = "FILE",
      description = "the log; compressed where the name ends in .gz")
  private Path out;

  @Option(
      names = "--labels",
      required = true,
      paramLabel = "FILE",
      description = "what each account is in truth")
  private Path labels;

  @Option(names = "--seed", description = "default: ${DEFAULT-VALUE}")
  private long seed = 1;

  @Option(
      names = "--family",
      description = "half of texts and templates: ${COMPLETION-CANDIDATES}; default: HELD_OUT")
  private Family family = Family.HELD_OUT;

  @Option(
      names = "--texts",
      arity = "1..*",
      paramLabel = "FILE",
      description = "JSON lines with prompts (default: the example batches)")
  private List<Path> texts =
      List.of(Path.of("examples", "acme.jsonl"), Path.of("examples", "globex.jsonl"));

  @Option(names = "--honest", description = "honest accounts (default: ${DEFAULT-VALUE})")
  private int honest = 5_000;

  @Option(
      names = "--campaign",
      split = ",",
      paramLabel = "V0..V7",
      description = "hidden campaigns (default: none)")
  private List<Campaign> campaigns = List.of();

  @Option(names = "--hidden", description = "accounts of a campaign (default: ${DEFAULT-VALUE})")
  private int hidden = 250;

  @Option(names = "--hours", description = "length of the log (default: ${DEFAULT-VALUE})")
  private int hours = 30;

  @Option(
      names = "--start-hour",
      description = "when the campaigns begin (default: ${DEFAULT-VALUE})")
  private int startHour = 6;

  @Override
  public Integer call() throws IOException {
    World world =
        new World(
            Instant.parse("2026-06-01T00:00:00Z"),
            Texts.read(texts, family),
            family,
            new ClientShapes(),
            seed);
    long length = Duration.ofHours(hours).toMillis();
    List<Member> members = new ArrayList<>(Honest.of(world, honest));
    for (Campaign campaign : campaigns) {
      members.addAll(
          campaign.members(world, hidden, Duration.ofHours(startHour).toMillis(), length));
    }
    Collections.shuffle(members, new Random(seed));
    try (BufferedWriter writer = Files.newBufferedWriter(labels)) {
      Truth.write(members, writer);
    }
    long lines;
    try (BufferedWriter writer = writer(out)) {
      lines = new RecordedLog(world, members, length).write(writer, seed);
    }
    System.err.printf("%,d exchanges of %,d accounts%n", lines, members.size());
    return 0;
  }

  private static BufferedWriter writer(Path file) throws IOException {
    OutputStream stream = Files.newOutputStream(file);
    return new BufferedWriter(
        new OutputStreamWriter(
            file.toString().endsWith(".gz") ? new GZIPOutputStream(stream) : stream,
            StandardCharsets.UTF_8));
  }
}
