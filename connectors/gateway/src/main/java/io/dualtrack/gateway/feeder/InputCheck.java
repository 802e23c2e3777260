package io.dualtrack.gateway.feeder;

import io.dualtrack.gateway.feeder.InputLine.Accepted;
import io.dualtrack.gateway.feeder.InputLine.Rejected;
import io.dualtrack.schemas.BatchError;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BooleanSupplier;

/** Reads a batch's whole input once, before anything of it is sent. */
public final class InputCheck {

  /** OpenAI's bound of a batch's input: 200 MB. */
  public static final long MAX_BYTES = 200L * 1024 * 1024;

  /** Errors that are told; there may be more. */
  static final int MAX_ERRORS = 100;

  /**
   * What a batch may hold.
   *
   * @param requests lines at most
   * @param inputs of embeddings requests, all lines together
   */
  public record Limits(long requests, long inputs) {

    /** OpenAI's: 50,000 requests, and 50,000 inputs of embeddings. */
    public static final Limits OPENAI = new Limits(50_000, 50_000);

    /** Anthropic's: 100,000 requests. */
    public static final Limits ANTHROPIC = new Limits(100_000, Long.MAX_VALUE);
  }

  /** What came of it. */
  public sealed interface Verdict {

    /**
     * @param model of the first line
     */
    record Valid(long total, String model) implements Verdict {}

    /**
     * @param errors in the order of lines; never empty
     */
    record Invalid(List<BatchError> errors) implements Verdict {
      public Invalid {
        errors = List.copyOf(errors);
      }
    }

    /** Nobody wants to know any more. */
    record Abandoned() implements Verdict {}
  }

  private final LineCheck lineCheck;
  private final Limits limits;
  private final boolean embeddings;
  private final List<BatchError> errors = new ArrayList<>();
  private String model;
  private long blank;
  private long total;
  private long inputs;

  public InputCheck(String endpoint, Limits limits) {
    this.lineCheck = new LineCheck(endpoint);
    this.limits = limits;
    this.embeddings = endpoint.equals("/v1/embeddings");
  }

  /**
   * @param abandoned asked now and then
   */
  public Verdict check(InputLines lines, BooleanSupplier abandoned) throws IOException {
    for (Optional<InputLines.Line> line = lines.next(); line.isPresent(); line = lines.next()) {
      if (line.get().blank()) {
        // Blank lines at the end are none; blank lines before another one are.
        blank = blank == 0 ? line.get().number() : blank;
        continue;
      }
      if (blank != 0) {
        reject("invalid_json_line", blank, null, "The line is blank; remove it.");
        break;
      }
      if (!take(lineCheck.check(line.get())) || errors.size() >= MAX_ERRORS) {
        break;
      }
      if (abandoned.getAsBoolean()) {
        return new Verdict.Abandoned();
      }
    }
    if (total == 0 && errors.isEmpty()) {
      reject("empty_file", null, null, "The input file has no request.");
    }
    return errors.isEmpty() ? new Verdict.Valid(total, model) : new Verdict.Invalid(errors);
  }

  /** Whether there is any use in reading on. */
  private boolean take(InputLine line) {
    total++;
    if (total > limits.requests()) {
      reject(
          "too_many_tasks",
          line.number(),
          null,
          "A batch may have %,d requests; split the file.".formatted(limits.requests()));
      return false;
    }
    if (line instanceof Rejected rejected) {
      reject(rejected.code(), rejected.number(), rejected.param(), rejected.message());
    } else if (line instanceof Accepted accepted) {
      model = model == null ? accepted.model() : model;
      inputs += embeddings ? accepted.inputs() : 0;
      if (inputs > limits.inputs()) {
        reject(
            "too_many_inputs",
            accepted.number(),
            "body.input",
            "A batch may have %,d embeddings inputs in all; split the file."
                .formatted(limits.inputs()));
        return false;
      }
    }
    return true;
  }

  private void reject(String code, Long line, String param, String message) {
    errors.add(new BatchError(code, message, line, param));
  }
}
