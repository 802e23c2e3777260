package io.dualtrack.gateway.feeder;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.gateway.error.ApiError;
import io.dualtrack.gateway.error.ApiException;
import io.dualtrack.gateway.feeder.InputLine.Accepted;
import io.dualtrack.gateway.feeder.InputLine.Rejected;
import io.dualtrack.gateway.http.JsonBody;
import io.dualtrack.gateway.responses.ResponsesRequest;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;

/** Says of the lines of an input, one after the other, which can be sent. */
public final class LineCheck {

  private final LineParser parser;
  private final boolean responses;
  private final CustomIds customIds = new CustomIds();

  /**
   * @param endpoint that the input is for
   */
  public LineCheck(String endpoint) {
    this.parser = new LineParser(endpoint);
    this.responses = endpoint.equals(ResponsesRequest.ENDPOINT);
  }

  /** A line that is rejected for something else does not take its custom_id. */
  public InputLine check(InputLines.Line line) {
    InputLine parsed = parser.parse(line);
    return parsed instanceof Accepted accepted ? check(accepted) : parsed;
  }

  private InputLine check(Accepted line) {
    if (responses) {
      try {
        requireChat(line);
      } catch (ApiException e) {
        ApiError error = e.error();
        return new Rejected(
            line.number(),
            line.customId(),
            error.code(),
            error.param() == null ? "body" : "body." + error.param(),
            error.message());
      } catch (IOException e) {
        throw new UncheckedIOException("reading from memory", e);
      }
    }
    return customIds.add(line.customId())
        ? line
        : new Rejected(
            line.number(),
            line.customId(),
            "duplicate_custom_id",
            "custom_id",
            "An earlier line has the same custom_id; give each line its own.");
  }

  /** What a chat cannot say is found before anything is sent. */
  private static void requireChat(Accepted line) throws IOException {
    ObjectNode asked = JsonBody.read(line.body().getBytes(StandardCharsets.UTF_8));
    if (!asked.hasNonNull("input")) {
      throw ApiError.invalid("missing_required_parameter", "input", "The body has no input.")
          .toException();
    }
    ResponsesRequest.toChat(asked);
  }
}
