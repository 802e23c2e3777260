package io.dualtrack.local.cases;

import io.dualtrack.review.control.Places;
import io.dualtrack.review.control.RecordReader;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;
import org.yaml.snakeyaml.nodes.SequenceNode;

/** The fields of one YAML mapping; what is wrong with them is told with its line. */
final class YamlFields {

  private final String file;
  private final Node node;
  private final Places places;
  private final Map<String, Node> values = new LinkedHashMap<>();

  YamlFields(String file, Node node, String name, Places places, Set<String> known) {
    this.file = file;
    this.node = node;
    this.places = places;
    Map<String, NodeTuple> entries = new RecordReader(file, places).entries(node, name);
    entries.forEach(
        (key, tuple) -> {
          if (known.isEmpty() || known.contains(key)) {
            values.put(key, tuple.getValueNode());
          } else {
            places.problem(
                file,
                tuple.getKeyNode(),
                "%s has the unknown key '%s'".formatted(name, key),
                "use one of " + String.join(", ", known.stream().sorted().toList()));
          }
        });
  }

  String place() {
    return file + ":" + (node.getStartMark().getLine() + 1);
  }

  Map<String, Node> all() {
    return values;
  }

  Optional<Node> node(String key) {
    return Optional.ofNullable(values.get(key));
  }

  Optional<String> text(String key) {
    return node(key)
        .flatMap(
            value -> {
              if (value instanceof ScalarNode scalar) {
                return Optional.of(scalar.getValue());
              }
              places.problem(
                  file, value, "'%s' is not a single value".formatted(key), "write a text");
              return Optional.empty();
            });
  }

  /** A text that must be there; empty, with a problem, where it is not. */
  String required(String key) {
    Optional<String> text = text(key);
    if (text.isEmpty() && node(key).isEmpty()) {
      places.problem(file, node, "'%s' is missing".formatted(key), "add '%s: …'".formatted(key));
    }
    return text.orElse("");
  }

  Optional<List<String>> texts(String key) {
    return node(key).map(value -> texts(key, value));
  }

  private List<String> texts(String key, Node value) {
    List<String> texts = new ArrayList<>();
    for (Node item : items(key, value)) {
      if (item instanceof ScalarNode scalar) {
        texts.add(scalar.getValue());
      } else {
        places.problem(file, item, "'%s' holds more than texts".formatted(key), "write texts");
      }
    }
    return texts;
  }

  /** The items of a list; none where the key is not there. */
  List<Node> items(String key) {
    return node(key).map(value -> items(key, value)).orElse(List.of());
  }

  private List<Node> items(String key, Node value) {
    if (value instanceof SequenceNode sequence) {
      return sequence.getValue();
    }
    places.problem(file, value, "'%s' is not a list".formatted(key), "write it as [a, b]");
    return List.of();
  }
}
