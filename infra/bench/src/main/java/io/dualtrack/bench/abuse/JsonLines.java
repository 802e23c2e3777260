package io.dualtrack.bench.abuse;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.MinimalPrettyPrinter;
import io.dualtrack.local.abuse.RecordedExchange;
import java.io.IOException;
import java.io.Writer;

/** Recorded exchanges as lines of JSON, written field by field: logs have millions of them. */
final class JsonLines implements AutoCloseable {

  private final Writer out;
  private final JsonGenerator json;

  /**
   * @param out flushed at the end, and not closed
   */
  JsonLines(Writer out) throws IOException {
    this.out = out;
    this.json = new JsonFactory().createGenerator(out);
    json.disable(JsonGenerator.Feature.AUTO_CLOSE_TARGET);
    json.setPrettyPrinter(new MinimalPrettyPrinter(""));
  }

  void write(RecordedExchange line) throws IOException {
    json.writeStartObject();
    json.writeStringField("at", line.at().toString());
    json.writeStringField("request_id", line.requestId());
    json.writeStringField("tenant", line.tenant());
    json.writeStringField("account", line.account());
    json.writeStringField("account_created_at", line.accountCreatedAt().toString());
    json.writeStringField("payment_fingerprint", line.paymentFingerprint());
    json.writeStringField("device_fingerprint", line.deviceFingerprint());
    json.writeStringField("ip", line.ip());
    json.writeStringField("country", line.country());
    json.writeNumberField("asn", line.asn());
    json.writeBooleanField("hosting", line.hosting());
    json.writeStringField("declared_country", line.declaredCountry());
    json.writeStringField("billing_country", line.billingCountry());
    json.writeStringField("model", line.model());
    json.writeStringField("endpoint", line.endpoint());
    json.writeStringField("system", line.system());
    json.writeStringField("prompt", line.prompt());
    json.writeNumberField("input_tokens", line.inputTokens());
    json.writeNumberField("output_tokens", line.outputTokens());
    json.writeArrayFieldStart("tools");
    for (String tool : line.tools()) {
      json.writeString(tool);
    }
    json.writeEndArray();
    json.writeNumberField("turn", line.turn());
    json.writeStringField("outcome", line.outcome());
    json.writeEndObject();
    json.writeRaw('\n');
  }

  @Override
  public void close() throws IOException {
    json.close();
    out.flush();
  }
}
