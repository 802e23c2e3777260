package io.dualtrack.policy;

import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.cel.runtime.CelVariableResolver;
import java.util.List;

/**
 * One Boolean expression of a bundle, in the parts that its outermost {@code &&} joins.
 *
 * <p>A fresh decision evaluates some thirty rules for each of some forty offerings. Nearly every
 * part of them speaks of the request alone or of the offering alone. Those parts are evaluated once
 * a request, or once an offering, and kept; only what speaks of both is evaluated for each pair.
 */
final class Expression {

  /** What an expression came to. Anything but a plain true or false is an error. */
  enum Outcome {
    TRUE,
    FALSE,
    ERROR
  }

  private final int number;
  private final List<CelRuntime.Program> ofRequest;
  private final List<CelRuntime.Program> ofOffering;
  private final List<CelRuntime.Program> ofBoth;

  Expression(
      int number,
      List<CelRuntime.Program> ofRequest,
      List<CelRuntime.Program> ofOffering,
      List<CelRuntime.Program> ofBoth) {
    this.number = number;
    this.ofRequest = List.copyOf(ofRequest);
    this.ofOffering = List.copyOf(ofOffering);
    this.ofBoth = List.copyOf(ofBoth);
  }

  /** Whether the offering has no say in it. */
  boolean ofRequestAlone() {
    return ofOffering.isEmpty() && ofBoth.isEmpty();
  }

  Outcome evaluate(Side request, Side offering) {
    Outcome first = part(request, ofRequest);
    if (first == Outcome.FALSE) {
      return Outcome.FALSE;
    }
    Outcome second = part(offering, ofOffering);
    if (second == Outcome.FALSE) {
      return Outcome.FALSE;
    }
    Outcome third = ofBoth.isEmpty() ? Outcome.TRUE : all(ofBoth, request.with(offering));
    if (third == Outcome.FALSE) {
      return Outcome.FALSE;
    }
    return first == Outcome.TRUE && second == Outcome.TRUE && third == Outcome.TRUE
        ? Outcome.TRUE
        : Outcome.ERROR;
  }

  /** What the part comes to that speaks of the request alone. */
  Outcome ofRequest(Side request) {
    return part(request, ofRequest);
  }

  /** What the part comes to that speaks of the offering alone. */
  Outcome ofOffering(Side offering) {
    return part(offering, ofOffering);
  }

  private Outcome part(Side side, List<CelRuntime.Program> parts) {
    if (parts.isEmpty()) {
      return Outcome.TRUE;
    }
    Outcome known = side.outcome(number);
    if (known == null) {
      known = all(parts, side.variables());
      side.keep(number, known);
    }
    return known;
  }

  private static Outcome all(List<CelRuntime.Program> parts, CelVariableResolver variables) {
    Outcome outcome = Outcome.TRUE;
    for (CelRuntime.Program part : parts) {
      Outcome each = evaluate(part, variables);
      if (each == Outcome.FALSE) {
        return Outcome.FALSE;
      }
      if (each == Outcome.ERROR) {
        outcome = Outcome.ERROR;
      }
    }
    return outcome;
  }

  private static Outcome evaluate(CelRuntime.Program program, CelVariableResolver variables) {
    try {
      Object value = program.eval(variables);
      if (value instanceof Boolean truth) {
        return truth ? Outcome.TRUE : Outcome.FALSE;
      }
      return Outcome.ERROR;
    } catch (CelEvaluationException | RuntimeException | StackOverflowError e) {
      return Outcome.ERROR;
    }
  }
}
