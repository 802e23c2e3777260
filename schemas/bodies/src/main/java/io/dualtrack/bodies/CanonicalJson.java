package io.dualtrack.bodies;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.math.BigDecimal;
import java.math.BigInteger;
import java.util.Iterator;
import java.util.Set;
import java.util.TreeSet;
import org.erdtman.jcs.NumberToJSON;

/**
 * JSON in the one form of RFC 8785: fields by name in UTF-16 order, numbers as ECMAScript writes
 * them, no white space.
 *
 * <p>Two things go beyond the RFC, which demands an error there: whole numbers that a double cannot
 * hold keep their digits, and lone surrogates are escaped. Both keep different requests apart.
 */
public final class CanonicalJson {

  private static final BigInteger EXACT = BigInteger.ONE.shiftLeft(53);
  private static final char[] HEX = "0123456789abcdef".toCharArray();

  private CanonicalJson() {}

  /** Canonical text of an object without some of its own fields. */
  public static String of(ObjectNode object, Set<String> without) {
    StringBuilder out = new StringBuilder(512);
    write(object, without, out);
    return out.toString();
  }

  private static void write(JsonNode node, Set<String> without, StringBuilder out) {
    switch (node.getNodeType()) {
      case OBJECT -> writeObject(node, without, out);
      case ARRAY -> {
        out.append('[');
        for (int i = 0; i < node.size(); i++) {
          if (i > 0) {
            out.append(',');
          }
          write(node.get(i), Set.of(), out);
        }
        out.append(']');
      }
      case STRING -> writeText(node.textValue(), out);
      case NUMBER -> out.append(number(node));
      case BOOLEAN -> out.append(node.booleanValue());
      case NULL -> out.append("null");
      default -> throw new IllegalArgumentException("not JSON: " + node.getNodeType());
    }
  }

  private static void writeObject(JsonNode object, Set<String> without, StringBuilder out) {
    Set<String> names = new TreeSet<>();
    for (Iterator<String> each = object.fieldNames(); each.hasNext(); ) {
      names.add(each.next());
    }
    names.removeAll(without);
    out.append('{');
    boolean first = true;
    for (String name : names) {
      if (!first) {
        out.append(',');
      }
      first = false;
      writeText(name, out);
      out.append(':');
      write(object.get(name), Set.of(), out);
    }
    out.append('}');
  }

  private static String number(JsonNode number) {
    if (number.isIntegralNumber()) {
      BigInteger whole = number.bigIntegerValue();
      if (whole.abs().compareTo(EXACT) <= 0) {
        return whole.toString();
      }
      double nearest = whole.doubleValue();
      if (Double.isInfinite(nearest)
          || new BigDecimal(whole).compareTo(new BigDecimal(nearest)) != 0) {
        return whole.toString();
      }
    }
    double value = number.doubleValue();
    if (Double.isInfinite(value)) {
      return number.decimalValue().toString();
    }
    try {
      return NumberToJSON.serializeNumber(value);
    } catch (IOException e) {
      throw new IllegalArgumentException("a number has no canonical form", e);
    }
  }

  private static void writeText(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\b' -> out.append("\\b");
        case '\f' -> out.append("\\f");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || isLoneSurrogate(text, i)) {
            escape(c, out);
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static boolean isLoneSurrogate(String text, int i) {
    char c = text.charAt(i);
    if (Character.isHighSurrogate(c)) {
      return i + 1 == text.length() || !Character.isLowSurrogate(text.charAt(i + 1));
    }
    return Character.isLowSurrogate(c)
        && (i == 0 || !Character.isHighSurrogate(text.charAt(i - 1)));
  }

  private static void escape(char c, StringBuilder out) {
    out.append("\\u")
        .append(HEX[c >> 12])
        .append(HEX[(c >> 8) & 0xf])
        .append(HEX[(c >> 4) & 0xf])
        .append(HEX[c & 0xf]);
  }
}
