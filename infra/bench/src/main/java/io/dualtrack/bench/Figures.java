package io.dualtrack.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.math.BigDecimal;
import java.math.RoundingMode;

/** The one JSON line of figures that a benchmark or a fault test prints last. */
public final class Figures {

  private final ObjectNode line = new ObjectMapper().createObjectNode();

  public Figures(String name) {
    line.put("name", name);
    line.put("cores", Runtime.getRuntime().availableProcessors());
    line.put("java", Runtime.version().feature());
  }

  public Figures put(String key, long value) {
    line.put(key, value);
    return this;
  }

  public Figures put(String key, boolean value) {
    line.put(key, value);
    return this;
  }

  /** Rounded to two digits behind the point. */
  public Figures put(String key, double value) {
    line.put(key, BigDecimal.valueOf(value).setScale(2, RoundingMode.HALF_UP));
    return this;
  }

  @Override
  public String toString() {
    return line.toString();
  }
}
