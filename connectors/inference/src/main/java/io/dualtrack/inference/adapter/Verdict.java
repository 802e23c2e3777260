package io.dualtrack.inference.adapter;

import io.dualtrack.schemas.Usage;
import java.time.Duration;

/** What a reply means for its order. */
public sealed interface Verdict {

  /**
   * @param body the answer as JSON text in OpenAI's form
   * @param usage null where the provider gave none, or none that can be billed
   * @param rawUsage the provider's usage object as JSON text; null where there was none
   * @param usageProblem why {@code usage} is not to be trusted; null where it adds up
   */
  record Answer(int statusCode, String body, Usage usage, String rawUsage, String usageProblem)
      implements Verdict {
    public Answer(int statusCode, String body, Metered metered) {
      this(statusCode, body, metered.usage(), metered.raw(), metered.problem());
    }

    @Override
    public String toString() {
      return "Answer[statusCode=" + statusCode + "]";
    }
  }

  /**
   * The provider says that the request itself is wrong.
   *
   * @param body the provider's error as JSON text in OpenAI's form
   */
  record Rejected(int statusCode, String body, String code, String message) implements Verdict {
    @Override
    public String toString() {
      return "Rejected[statusCode=" + statusCode + ", code=" + code + "]";
    }
  }

  /**
   * Another call, or another offering, may do better.
   *
   * @param statusCode 0 where no answer came
   * @param again whether the same offering may be called again
   * @param holds whether the offering as a whole asks for a pause
   * @param after how long the provider asks to wait; null where it does not say
   * @param spent what the part of the answer that came has used, which the provider bills; null
   *     where nothing was
   */
  record Failed(
      int statusCode,
      String code,
      String message,
      boolean again,
      boolean holds,
      Duration after,
      Metered spent)
      implements Verdict {
    public Failed(
        int statusCode, String code, String message, boolean again, boolean holds, Duration after) {
      this(statusCode, code, message, again, holds, after, null);
    }

    /** This failure of a call that had used something. */
    public Failed having(Metered used) {
      return new Failed(statusCode, code, message, again, holds, after, used);
    }
  }
}
