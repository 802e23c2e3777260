package io.dualtrack.local.stack;

import java.io.IOException;
import java.lang.reflect.InvocationTargetException;
import java.util.Arrays;

/**
 * Runs another class's main, and ends the JVM when standard input ends. The stack holds the other
 * end of that pipe and never writes: the operating system closes it when the stack is gone, also
 * after {@code kill -9}, so that no process of a stack outlives it.
 *
 * <p>It is on the class path of foreign programs and uses nothing but the JDK.
 */
public final class Tethered {

  private static final int EXIT_ORPHANED = 70;

  private Tethered() {}

  /**
   * @param args name of the class, then its arguments
   */
  public static void main(String[] args) throws Throwable {
    Thread tether = new Thread(Tethered::endWithParent, "tether");
    tether.setDaemon(true);
    tether.start();
    try {
      Class.forName(args[0])
          .getMethod("main", String[].class)
          .invoke(null, (Object) Arrays.copyOfRange(args, 1, args.length));
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static void endWithParent() {
    try {
      while (System.in.read() >= 0) {}
    } catch (IOException e) {
      System.err.println("the pipe to the stack broke: " + e.getMessage());
    }
    Runtime.getRuntime().halt(EXIT_ORPHANED);
  }
}
