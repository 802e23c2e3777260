package io.dualtrack.local.stack;

import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.ExecutionException;

/** The stack of a zone in a process of its own; {@link Zones} starts it. */
public final class ZoneMain {

  private ZoneMain() {}

  /**
   * @param args see {@link #arguments}
   */
  public static void main(String[] args) throws InterruptedException {
    StackOptions options =
        new StackOptions(
            Path.of(args[0]),
            Integer.parseInt(args[1]),
            new KafkaChoice.Zone(
                Integer.parseInt(args[2]), StackAddress.fetch(URI.create(args[3]))),
            Integer.parseInt(args[4]),
            Integer.parseInt(args[5]),
            Duration.parse(args[6]),
            StackOptions.Services.EMBEDDED);
    try (LocalStack stack = StackHook.start(options, ControlDefaults.none(), ZoneMain::say)) {
      stack.stopped().get();
      System.exit(0);
    } catch (StackFailure e) {
      say(e.getMessage());
    } catch (ExecutionException e) {
      say(e.getCause().getMessage());
    }
    System.exit(1);
  }

  /** What {@link #main} takes for a zone that is controlled from another. */
  static List<String> arguments(StackOptions options, KafkaChoice.Zone zone) {
    return List.of(
        options.data().toString(),
        Integer.toString(options.httpPort()),
        Integer.toString(zone.kafkaPort()),
        zone.control().http().toString(),
        Integer.toString(options.sandboxPort()),
        Integer.toString(options.partitions()),
        options.sandboxLatency().toString());
  }

  private static void say(String line) {
    System.out.println(line);
  }
}
