package io.dualtrack.gateway.records;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import io.dualtrack.gateway.error.ApiError;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.function.Function;

/** How OpenAI's clients read objects and lists of them. */
public final class Listing {

  private static final JsonFactory JSON = new JsonFactory();

  /** Writes one object. */
  @FunctionalInterface
  public interface Form<V> {
    void write(JsonGenerator json, V value) throws IOException;
  }

  private Listing() {}

  /** One object as JSON. */
  public static <V> byte[] one(V value, Form<V> form) {
    ByteArrayOutputStream out = new ByteArrayOutputStream(1024);
    try (JsonGenerator json = JSON.createGenerator(out)) {
      form.write(json, value);
    } catch (IOException e) {
      throw new UncheckedIOException("writing to memory", e);
    }
    return out.toByteArray();
  }

  /** A page: {@code {object, data, first_id, last_id, has_more}}. */
  public static <V> byte[] page(TenantIndex.Page<V> page, Function<V, String> id, Form<V> form) {
    return one(
        page,
        (json, each) -> {
          json.writeStartObject();
          json.writeStringField("object", "list");
          fields(json, each, id, form);
          json.writeEndObject();
        });
  }

  /** What lists of OpenAI's and Anthropic's have in common. */
  public static <V> void fields(
      JsonGenerator json, TenantIndex.Page<V> page, Function<V, String> id, Form<V> form)
      throws IOException {
    json.writeArrayFieldStart("data");
    for (V value : page.data()) {
      form.write(json, value);
    }
    json.writeEndArray();
    boolean empty = page.data().isEmpty();
    json.writeStringField("first_id", empty ? null : id.apply(page.data().get(0)));
    json.writeStringField(
        "last_id", empty ? null : id.apply(page.data().get(page.data().size() - 1)));
    json.writeBooleanField("has_more", page.more());
  }

  /**
   * A page's length.
   *
   * @param text as the caller wrote it; null for none
   * @throws io.dualtrack.gateway.error.ApiException with 400 if it is not within 1 and the most
   */
  public static int limit(String text, int usual, int most) {
    if (text == null) {
      return usual;
    }
    try {
      int limit = Integer.parseInt(text);
      if (limit >= 1 && limit <= most) {
        return limit;
      }
    } catch (NumberFormatException e) {
      throw limit(most);
    }
    throw limit(most);
  }

  private static RuntimeException limit(int most) {
    return ApiError.invalid(
            "invalid_limit", "limit", "limit must be a whole number from 1 to %,d.".formatted(most))
        .toException();
  }
}
