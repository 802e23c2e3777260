package io.dualtrack.local.cases;

import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.review.control.Places;
import io.dualtrack.review.control.RecordReader;
import io.dualtrack.schemas.Exemption;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Rule;
import io.dualtrack.schemas.Suspension;
import io.dualtrack.schemas.SuspensionScope;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.VolumeState;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import org.apache.avro.specific.SpecificRecord;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * The control records of a case, which each step may change. A record is written by what is
 * different in it: from the record of its own id, or of the one that it is {@code like}.
 */
final class CaseState {

  static final Set<String> KEYS =
      Set.of("tenants", "offerings", "policies", "rules", "exemptions", "suspensions", "volumes");

  private static final String LIKE = "like";

  private final Map<String, Tenant> tenants = new LinkedHashMap<>();
  private final Map<String, Offering> offerings = new LinkedHashMap<>();
  private final Map<String, PolicyBundle> policies = new LinkedHashMap<>();
  private final Map<String, Suspension> suspensions = new LinkedHashMap<>();
  private final Map<String, VolumeState> volumes = new LinkedHashMap<>();
  private final String file;
  private final Places places;
  private final RecordReader reader;

  CaseState(ControlSet base, String file, Places places) {
    this.file = file;
    this.places = places;
    this.reader = new RecordReader(file, places);
    base.tenants().forEach(each -> tenants.put(each.getId(), each));
    base.offerings().forEach(each -> offerings.put(each.getId(), each));
    base.policies().forEach(each -> policies.put(each.getId(), each));
  }

  ControlSet control() {
    return new ControlSet(
        List.copyOf(tenants.values()),
        List.copyOf(offerings.values()),
        List.copyOf(policies.values()),
        List.of());
  }

  List<Suspension> suspensions() {
    return List.copyOf(suspensions.values());
  }

  List<VolumeState> volumes() {
    return List.copyOf(volumes.values());
  }

  void change(YamlFields step, Instant at) {
    for (Node node : step.items("tenants")) {
      changed(node, Tenant.class, tenants).ifPresent(each -> tenants.put(each.getId(), each));
    }
    for (Node node : step.items("offerings")) {
      changed(node, Offering.class, offerings).ifPresent(each -> offerings.put(each.getId(), each));
    }
    for (Node node : step.items("policies")) {
      changed(node, PolicyBundle.class, policies)
          .ifPresent(each -> policies.put(each.getId(), each));
    }
    addToBundles(step);
    for (Node node : step.items("suspensions")) {
      Suspension open =
          Suspension.newBuilder()
              .setScope(SuspensionScope.OFFERING)
              .setId("")
              .setSuspended(true)
              .setReason("a letter")
              .setActor("officer")
              .setAt(at)
              .setEpoch(suspensions.size() + 1L)
              .build();
      reader
          .readLike(node, open, Suspension.class, Set.of())
          .ifPresent(each -> suspensions.put(each.getScope() + ":" + each.getId(), each));
    }
    for (Node node : step.items("volumes")) {
      VolumeState none =
          VolumeState.newBuilder()
              .setVolumeId("")
              .setTenant("")
              .setProvider("")
              .setCounter("")
              .setDataClass("")
              .setPersons(0)
              .setReached(true)
              .setAt(at)
              .build();
      reader
          .readLike(node, none, VolumeState.class, Set.of())
          .ifPresent(
              each -> {
                each.setVolumeId(
                    String.join(
                        "|",
                        each.getTenant(),
                        each.getProvider(),
                        each.getCounter(),
                        each.getDataClass()));
                volumes.put(each.getVolumeId(), each);
              });
    }
  }

  /** Rules and exemptions are added to every bundle, in place of those of the same id. */
  private void addToBundles(YamlFields step) {
    List<Rule> rules = new ArrayList<>();
    step.items("rules").forEach(node -> reader.read(node, Rule.class).ifPresent(rules::add));
    List<Exemption> exemptions = new ArrayList<>();
    step.items("exemptions")
        .forEach(node -> reader.read(node, Exemption.class).ifPresent(exemptions::add));
    if (rules.isEmpty() && exemptions.isEmpty()) {
      return;
    }
    policies.replaceAll(
        (id, bundle) -> {
          PolicyBundle changed = PolicyBundle.newBuilder(bundle).build();
          changed.setRules(merged(bundle.getRules(), rules, Rule::getId));
          changed.setExemptions(merged(bundle.getExemptions(), exemptions, Exemption::getId));
          return changed;
        });
  }

  private static <T> List<T> merged(List<T> old, List<T> more, Function<T, String> id) {
    Map<String, T> all = new LinkedHashMap<>();
    old.forEach(each -> all.put(id.apply(each), each));
    more.forEach(each -> all.put(id.apply(each), each));
    return List.copyOf(all.values());
  }

  private <T extends SpecificRecord> Optional<T> changed(
      Node node, Class<T> type, Map<String, T> known) {
    Map<String, NodeTuple> entries = reader.entries(node, type.getSimpleName());
    String base = text(entries, LIKE).or(() -> text(entries, "id")).orElse("");
    T like = known.get(base);
    if (like == null) {
      places.problem(
          file,
          node,
          "nothing is known that is called '%s'".formatted(base),
          "name one of " + String.join(", ", known.keySet()));
      return Optional.empty();
    }
    return reader.readLike(node, like, type, Set.of(LIKE));
  }

  private static Optional<String> text(Map<String, NodeTuple> entries, String key) {
    return Optional.ofNullable(entries.get(key))
        .map(NodeTuple::getValueNode)
        .filter(ScalarNode.class::isInstance)
        .map(value -> ((ScalarNode) value).getValue());
  }
}
