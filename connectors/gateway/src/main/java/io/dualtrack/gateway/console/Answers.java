package io.dualtrack.gateway.console;

import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.http.Call;
import io.dualtrack.schemas.AccessScope;
import java.math.BigDecimal;
import java.time.Instant;
import java.util.Arrays;
import java.util.Collection;
import java.util.Locale;
import java.util.function.Function;
import java.util.stream.Collectors;

/** What the console's read APIs have in common. */
final class Answers {

  static final JsonMapper JSON = new JsonMapper();

  private Answers() {}

  static void send(Call call, ObjectNode body) {
    call.http()
        .header("Cache-Control", "no-store")
        .header("X-Content-Type-Options", "nosniff")
        .contentType("application/json")
        .result(body.toString());
  }

  /**
   * Has the caller be one of these, or OPERATOR where the call only reads.
   *
   * @throws io.dualtrack.gateway.error.ApiException with 403
   */
  static void require(Call call, AccessScope... any) {
    if (Arrays.stream(any).noneMatch(call.caller()::may)) {
      throw ApiError.forbidden(
              "insufficient_permissions",
              "This key has none of the scopes %s."
                  .formatted(
                      Arrays.stream(any)
                          .map(scope -> "'" + scope.name().toLowerCase(Locale.ROOT) + "'")
                          .collect(Collectors.joining(", "))))
          .toException();
    }
  }

  /** Every digit of an amount: amounts are decimals, and no number of JavaScript. */
  static String plain(BigDecimal amount) {
    return amount.signum() == 0 ? "0" : amount.stripTrailingZeros().toPlainString();
  }

  /** Null where there is no time. */
  static Long millis(Instant at) {
    return at == null ? null : at.toEpochMilli();
  }

  static ArrayNode texts(Collection<String> texts) {
    ArrayNode array = JSON.createArrayNode();
    texts.forEach(array::add);
    return array;
  }

  static <T> ArrayNode all(Collection<T> of, Function<T, ObjectNode> write) {
    ArrayNode array = JSON.createArrayNode();
    of.forEach(each -> array.add(write.apply(each)));
    return array;
  }

  /** A parameter within 1 and the most there may be. */
  static int limit(Call call, int usual, int most) {
    String text = call.http().queryParam("limit");
    if (text == null) {
      return usual;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= most) {
        return limit;
      }
    } catch (NumberFormatException e) {
      throw wrong("limit", "a whole number within 1 and " + most, e);
    }
    throw wrong("limit", "a whole number within 1 and " + most, null);
  }

  static RuntimeException wrong(String parameter, String must, Throwable cause) {
    RuntimeException wrong =
        ApiError.invalid(
                "invalid_parameter", parameter, "%s must be %s.".formatted(parameter, must))
            .toException();
    if (cause != null) {
      wrong.addSuppressed(cause);
    }
    return wrong;
  }
}
