package io.dualtrack.local.stack;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;

/**
 * Which cluster a data folder belongs to. Its stores, checkpoints, batches and keys hold positions
 * in one cluster's topics and are wrong for any other, so a folder is never used with two.
 */
final class ClusterMark {

  /** Folder of the stack's own broker. */
  static final String OWN_BROKER = "kafka";

  private static final String FILE = "kafka.cluster";

  private final Path root;
  private final Path file;
  private final Path ownBroker;

  private ClusterMark(Path root) {
    this.root = root;
    this.file = root.resolve(FILE);
    this.ownBroker = root.resolve(OWN_BROKER).resolve("meta.properties");
  }

  static ClusterMark of(DataFolder data) {
    return new ClusterMark(data.of(""));
  }

  /**
   * @throws StackFailure if the folder belongs to a cluster outside
   */
  void requireOwn() {
    if (Files.exists(file)) {
      throw new StackFailure(
          "%s belongs to %s and cannot be used with a broker of its own; start it with `dualtrack up --kafka HOST:PORT --registry URL`, or choose another folder with --data"
              .formatted(root, marked()));
    }
  }

  /**
   * @param id the cluster's own
   * @return whether the folder has been used with this cluster
   * @throws StackFailure if it belongs to another
   */
  boolean requireCluster(String id) {
    if (Files.exists(ownBroker)) {
      throw new StackFailure(
          "%s belongs to a broker of its own and cannot be used with the cluster %s; leave --kafka and --registry out, or choose another folder with --data"
              .formatted(root, id));
    }
    if (!Files.exists(file)) {
      return false;
    }
    if (!lines().get(0).equals(id)) {
      throw new StackFailure(
          "%s belongs to %s and cannot be used with the cluster %s; give the brokers of its cluster, or choose another folder with --data"
              .formatted(root, marked(), id));
    }
    return true;
  }

  /** From now on the folder belongs to a cluster. */
  void write(String id, String bootstrap) throws IOException {
    Path whole = root.resolve(FILE + ".new");
    Files.write(whole, List.of(id, bootstrap));
    Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private String marked() {
    List<String> lines = lines();
    return "the cluster %s, last at %s".formatted(lines.get(0), lines.get(1));
  }

  private List<String> lines() {
    try {
      List<String> lines = Files.readAllLines(file);
      if (lines.size() == 2) {
        return lines;
      }
    } catch (IOException e) {
      throw new StackFailure("%s cannot be read (%s)".formatted(file, e.getMessage()), e);
    }
    throw new StackFailure(
        "%s does not say which cluster the folder belongs to; restore it".formatted(file));
  }
}
