package io.dualtrack.review.control;

import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import org.apache.avro.specific.SpecificRecord;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/** Where in the files each record and key was read, and what was found wrong there. */
public final class Places {

  private record Place(String file, MappingNode node) {}

  private final Map<SpecificRecord, Place> places = new IdentityHashMap<>();
  private final List<Problem> problems = new ArrayList<>();

  void remember(SpecificRecord record, String file, MappingNode node) {
    places.put(record, new Place(file, node));
  }

  public void problem(String file, Node node, String what, String remedy) {
    problems.add(new Problem(file, line(node), what, remedy));
  }

  public void problem(Problem problem) {
    problems.add(problem);
  }

  /** Reports against a key of a record, or the record itself where the key is not written. */
  void problem(SpecificRecord record, String key, String what, String remedy) {
    Place place = places.get(record);
    problems.add(new Problem(place.file(), line(value(place.node(), key)), what, remedy));
  }

  /** {@code file:line} of a record. */
  String of(SpecificRecord record) {
    Place place = places.get(record);
    return place.file() + ":" + line(place.node());
  }

  public int count() {
    return problems.size();
  }

  public List<Problem> problems() {
    return problems.stream().sorted(Problem.BY_PLACE).distinct().toList();
  }

  private static Node value(MappingNode node, String key) {
    for (NodeTuple tuple : node.getValue()) {
      if (tuple.getKeyNode() instanceof ScalarNode name && name.getValue().equals(key)) {
        return tuple.getKeyNode();
      }
    }
    return node;
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }
}
