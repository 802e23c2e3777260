package io.dualtrack.jobs.abuse;

/**
 * Lets the library of sketches start on a Java that came after it.
 *
 * <p>datasketches-memory 3.0.2, the last one for Java 17, refuses every Java but 8, 11, 17 and 21
 * when its first class is made ready. What is used of it here are arrays on the heap, and those it
 * reads and writes on 25 as well; its later releases need a later Java. So it is told 21 while it
 * asks, once.
 */
final class SketchLibrary {

  private static final String VERSION = "java.version";
  private static final String KNOWN = "21";
  private static final int KNOWN_FEATURE = 21;

  static {
    String version = System.getProperty(VERSION);
    if (Runtime.Version.parse(version).feature() > KNOWN_FEATURE) {
      System.setProperty(VERSION, KNOWN);
    }
    try {
      Class<?> unused =
          Class.forName(
              "org.apache.datasketches.memory.internal.ResourceImpl",
              true,
              SketchLibrary.class.getClassLoader());
    } catch (ClassNotFoundException e) {
      throw new IllegalStateException("the library of sketches is not among the job's", e);
    } finally {
      System.setProperty(VERSION, version);
    }
  }

  private SketchLibrary() {}

  /** To be called before the first sketch is made or read. */
  static void start() {
    // Making this class ready has done it.
  }
}
