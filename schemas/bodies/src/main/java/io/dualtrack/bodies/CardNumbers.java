package io.dualtrack.bodies;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Takes payment card numbers out of texts: 13 to 19 digits, with single spaces or dashes between
 * groups, not beginning with 0, whose last digit is right (ISO/IEC 7812-1, Annex B: Luhn).
 *
 * <p>A card number stands on its own: the digits of a longer number are none, and in a row of
 * groups the first run of whole groups that fits is taken. So a longer number that is no card
 * number stays as it is.
 */
public final class CardNumbers {

  static final String PLACEHOLDER = "[card number removed]";

  private static final int LEAST = 13;
  private static final int MOST = 19;
  private static final Pattern GROUPS = Pattern.compile("\\d{1,19}(?:[ \\u00a0-]\\d{1,19})*");
  private static final Pattern GROUP = Pattern.compile("\\d+");

  /** Fields that are no text of anybody. */
  private static final Set<String> NO_TEXT = Set.of("model");

  private CardNumbers() {}

  /**
   * Takes them out of every text of a body.
   *
   * @return whether there were any
   */
  public static boolean redact(ObjectNode body) {
    boolean changed = false;
    for (String name : names(body)) {
      if (!NO_TEXT.contains(name)) {
        changed |= redactField(body, name);
      }
    }
    return changed;
  }

  private static List<String> names(ObjectNode node) {
    List<String> names = new ArrayList<>(node.size());
    node.fieldNames().forEachRemaining(names::add);
    return names;
  }

  private static boolean redactField(ObjectNode parent, String name) {
    JsonNode value = parent.get(name);
    if (value.isTextual()) {
      String redacted = redact(value.textValue());
      if (redacted.equals(value.textValue())) {
        return false;
      }
      parent.set(name, TextNode.valueOf(redacted));
      return true;
    }
    return redactWithin(value);
  }

  private static boolean redactWithin(JsonNode node) {
    boolean changed = false;
    if (node instanceof ObjectNode object) {
      for (String name : names(object)) {
        changed |= redactField(object, name);
      }
    } else if (node instanceof ArrayNode array) {
      for (int i = 0; i < array.size(); i++) {
        JsonNode value = array.get(i);
        if (value.isTextual()) {
          String redacted = redact(value.textValue());
          if (!redacted.equals(value.textValue())) {
            array.set(i, TextNode.valueOf(redacted));
            changed = true;
          }
        } else {
          changed |= redactWithin(value);
        }
      }
    }
    return changed;
  }

  static String redact(String text) {
    // The bytes of an image in base 64 hold no text.
    if (text.length() < LEAST || text.startsWith("data:")) {
      return text;
    }
    Matcher runs = GROUPS.matcher(text);
    StringBuilder redacted = null;
    int copied = 0;
    while (runs.find()) {
      if (runs.end() - runs.start() < LEAST || continues(text, runs.start(), runs.end())) {
        continue;
      }
      for (int[] card : cards(text, runs.start(), runs.end())) {
        redacted = redacted == null ? new StringBuilder(text.length()) : redacted;
        redacted.append(text, copied, card[0]).append(PLACEHOLDER);
        copied = card[1];
      }
    }
    return redacted == null ? text : redacted.append(text, copied, text.length()).toString();
  }

  /** Whether the first or the last group goes on with digits outside of the run. */
  private static boolean continues(String text, int start, int end) {
    return (start > 0 && Character.isDigit(text.charAt(start - 1)))
        || (end < text.length() && Character.isDigit(text.charAt(end)));
  }

  /** Start and end of each card number in a run of groups, in order, without overlap. */
  private static List<int[]> cards(String text, int start, int end) {
    List<int[]> groups = new ArrayList<>();
    Matcher matcher = GROUP.matcher(text).region(start, end);
    while (matcher.find()) {
      groups.add(new int[] {matcher.start(), matcher.end()});
    }
    List<int[]> cards = new ArrayList<>(1);
    int first = 0;
    while (first < groups.size()) {
      int last = lastOfCard(text, groups, first);
      if (last < 0) {
        first++;
      } else {
        cards.add(new int[] {groups.get(first)[0], groups.get(last)[1]});
        first = last + 1;
      }
    }
    return cards;
  }

  /** Index of the last group of the longest card number from a group on; -1 where there is none. */
  private static int lastOfCard(String text, List<int[]> groups, int first) {
    StringBuilder digits = new StringBuilder(MOST);
    int found = -1;
    for (int i = first; i < groups.size() && digits.length() <= MOST; i++) {
      digits.append(text, groups.get(i)[0], groups.get(i)[1]);
      if (digits.length() >= LEAST && digits.length() <= MOST && isCard(digits)) {
        found = i;
      }
    }
    return found;
  }

  private static boolean isCard(CharSequence digits) {
    if (digits.charAt(0) == '0') {
      return false;
    }
    int sum = 0;
    for (int i = 0; i < digits.length(); i++) {
      int digit = digits.charAt(digits.length() - 1 - i) - '0';
      int weighted = i % 2 == 0 ? digit : digit * 2;
      sum += weighted > 9 ? weighted - 9 : weighted;
    }
    return sum % 10 == 0;
  }
}
