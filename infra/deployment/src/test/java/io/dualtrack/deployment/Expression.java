package io.dualtrack.deployment;

import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** The metrics that a PromQL expression names; promtool judges the rest of it. */
record Expression(String text) {

  private static final Set<String> KEYWORDS =
      Set.of("and", "or", "unless", "bool", "offset", "by", "without", "on", "ignoring");
  private static final Pattern GROUPING =
      Pattern.compile("\\b(by|without|on|ignoring|group_left|group_right)\\s*\\([^)]*\\)");
  private static final Pattern SELECTOR =
      Pattern.compile("(?<![\\w:$])([a-zA-Z_:][\\w:]*+)\\s*+(\\{[^}]*})?+(?!\\s*\\()");
  private static final Pattern LABEL = Pattern.compile("([a-zA-Z_]\\w*)\\s*(?:=~|!~|!=|=)");

  /** Names, each with the labels that the expression asks for. */
  Map<String, Set<String>> selectors() {
    String plain =
        GROUPING
            .matcher(text.replaceAll("\"[^\"]*\"", "\"\"").replaceAll("\\[[^]]*]", ""))
            .replaceAll("");
    Map<String, Set<String>> selectors = new LinkedHashMap<>();
    Matcher matcher = SELECTOR.matcher(plain);
    while (matcher.find()) {
      if (KEYWORDS.contains(matcher.group(1))) {
        continue;
      }
      Set<String> labels = selectors.computeIfAbsent(matcher.group(1), name -> new TreeSet<>());
      if (matcher.group(2) != null) {
        Matcher label = LABEL.matcher(matcher.group(2));
        while (label.find()) {
          labels.add(label.group(1));
        }
      }
    }
    return selectors;
  }

  /** What {@code by} and {@code on} group by. */
  Set<String> grouping() {
    return GROUPING
        .matcher(text)
        .results()
        .flatMap(
            found -> Arrays.stream(found.group().replaceAll("^[^(]*\\(|\\)$", "").split(",", -1)))
        .map(String::strip)
        .filter(label -> !label.isEmpty())
        .collect(Collectors.toCollection(TreeSet::new));
  }
}
