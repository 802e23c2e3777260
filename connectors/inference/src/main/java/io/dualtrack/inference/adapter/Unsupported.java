package io.dualtrack.inference.adapter;

import io.dualtrack.inference.access.ImpossibleException;
import io.dualtrack.schemas.Offering;
import java.util.regex.Pattern;

/**
 * Refuses what an offering cannot do. To leave a parameter out would change the answer without a
 * word; another offering of the decision may be able to do it.
 */
public final class Unsupported {

  public static final String CODE = "UNSUPPORTED_PARAMETER";

  /** A caller may write anything as a parameter's name; what is no name is not passed on. */
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9_.\\[\\]-]{1,80}");

  private static final String UNPRINTABLE = "of an unprintable name";

  private Unsupported() {}

  /**
   * @param parameter as the caller wrote it, for example {@code tools[2].type}
   */
  public static ImpossibleException parameter(Offering offering, String parameter) {
    return parameter(offering, parameter, "cannot do what it asks for");
  }

  /**
   * @param why completes the sentence; no text of the request
   */
  public static ImpossibleException parameter(Offering offering, String parameter, String why) {
    String name = NAME.matcher(parameter).matches() ? parameter : UNPRINTABLE;
    return new ImpossibleException(
        CODE,
        "parameter %s: offering %s (%s) %s"
            .formatted(name, offering.getId(), offering.getDialect(), why),
        name);
  }

  public static ImpossibleException endpoint(Offering offering, String endpoint) {
    String name = endpoint.matches("/[a-z0-9/_-]{1,60}") ? endpoint : "this endpoint";
    return new ImpossibleException(
        "UNSUPPORTED_ENDPOINT",
        "offering %s (%s) does not answer %s"
            .formatted(offering.getId(), offering.getDialect(), name),
        name);
  }

  /** A request that is wrong in OpenAI's own form cannot be translated into another. */
  public static ImpossibleException malformed(String parameter, String why) {
    return new ImpossibleException(
        "malformed_order",
        "parameter %s %s"
            .formatted(NAME.matcher(parameter).matches() ? parameter : UNPRINTABLE, why));
  }
}
