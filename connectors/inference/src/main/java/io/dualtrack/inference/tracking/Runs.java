package io.dualtrack.inference.tracking;

import java.io.ByteArrayOutputStream;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;

/**
 * The offset metadata's form: a version byte, the reserve, then runs of orders in the same state,
 * from the committed offset on. All numbers are of variable length. A run is one number: its length
 * shifted left by two, and the state in the two bits below. All of it in Base64 without padding.
 *
 * @param reserve how many offsets beyond the runs may have been handed out before the next commit;
 *     0 after a stop in order
 */
record Runs(int reserve, List<Run> runs) {

  /** What is known of an order. Coded by its ordinal. */
  enum State {
    DONE,
    MAYBE_SENT,
    NOT_SENT
  }

  record Run(State state, long length) {}

  private static final byte VERSION = 1;
  private static final int HEADER_BYTES = 3;
  private static final int STATE_BITS = 2;
  private static final int VARINT_BITS = 7;
  private static final int LONGEST_VARINT = 9;

  /** Far above what fits the metadata that {@link CompletionTracker} writes. */
  private static final long MOST_OPEN = 100_000;

  private static final State[] STATES = State.values();

  String encode() {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(VERSION);
    write(out, reserve);
    for (Run run : runs) {
      write(out, run.length() << STATE_BITS | run.state().ordinal());
    }
    return Base64.getEncoder().withoutPadding().encodeToString(out.toByteArray());
  }

  private static void write(ByteArrayOutputStream out, long number) {
    long rest = number;
    while (rest >= 1 << VARINT_BITS) {
      out.write((int) (rest & 0x7f | 0x80));
      rest >>>= VARINT_BITS;
    }
    out.write((int) rest);
  }

  /** Empty where the text was not written by {@link #encode}. */
  static Optional<Runs> decode(String metadata) {
    try {
      ByteBuffer in = ByteBuffer.wrap(Base64.getDecoder().decode(metadata));
      if (in.get() != VERSION) {
        return Optional.empty();
      }
      int reserve = Math.toIntExact(varint(in));
      List<Run> runs = new ArrayList<>();
      while (in.hasRemaining()) {
        long value = varint(in);
        runs.add(new Run(STATES[(int) (value & 3)], value >>> STATE_BITS));
      }
      long open = 0;
      for (Run run : runs) {
        open = Math.addExact(open, run.state() == State.DONE ? 0 : run.length());
      }
      return open <= MOST_OPEN && reserve <= CompletionTracker.RESERVE
          ? Optional.of(new Runs(reserve, runs))
          : Optional.empty();
    } catch (IllegalArgumentException
        | ArithmeticException
        | BufferUnderflowException
        | ArrayIndexOutOfBoundsException e) {
      return Optional.empty();
    }
  }

  private static long varint(ByteBuffer in) {
    long value = 0;
    for (int shift = 0; shift < LONGEST_VARINT * VARINT_BITS; shift += VARINT_BITS) {
      byte next = in.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of the offset metadata is too long");
  }

  /**
   * The longest that the metadata of a partition can become while no order is added.
   *
   * @param open orders that are not completed
   * @param span offsets from the first of them to the end
   */
  static int longestText(int open, long span) {
    // Open orders cut the span into at most this many runs. One byte holds a length below 32, and
    // a longer run needs one more byte for each further factor of 128.
    long runs = 2L * open + 1;
    long bytes = HEADER_BYTES + runs;
    for (long threshold = 1L << (VARINT_BITS - STATE_BITS);
        threshold > 0 && threshold <= span;
        threshold <<= VARINT_BITS) {
      bytes += Math.min(runs, span / threshold);
    }
    return (int) Math.min(Integer.MAX_VALUE, (bytes * 4 + 2) / 3);
  }
}
