package io.dualtrack.gateway.signin;

import java.util.Locale;

/** Nobody is signed in. The message is for the log and holds nothing of a token. */
final class SignInRefused extends Exception {

  private static final long serialVersionUID = 1;

  /** What the page tells the person, in its own words. */
  enum Problem {
    /** This gateway does not know yet which tenants there are. */
    NOT_READY,
    /** The provider, or its keys, cannot be had now. */
    UNREACHABLE,
    /** Too many people sign in now. */
    BUSY,
    /** The answer is not to a sign-in that this browser began here within the last minutes. */
    EXPIRED,
    /** The provider did not let the person in. */
    DENIED,
    /** What the provider answered, or seems to have answered, proves nothing. */
    UNPROVEN,
    /** The provider says who it is, and nothing that gives a role. */
    NO_ROLE,
    /** The provider says who it is, and nothing that stands for a tenant that is served. */
    NO_TENANT;

    String code() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  private final Problem problem;

  SignInRefused(Problem problem, String message) {
    super(message);
    this.problem = problem;
  }

  SignInRefused(Problem problem, String message, Throwable cause) {
    super(message, cause);
    this.problem = problem;
  }

  Problem problem() {
    return problem;
  }
}
