package io.dualtrack.sandbox;

import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/** The models of a sandbox and their behaviours, which may be set while it runs. */
final class Models {

  /** In place of a model's name: every model that has no behaviour of its own. */
  static final String ALL_OTHERS = "*";

  private final Map<String, ServedModel> served = new ConcurrentHashMap<>();
  private final Map<String, Behaviour> own = new ConcurrentHashMap<>();
  private final Map<String, ServedModel> offerings = new ConcurrentHashMap<>();
  private volatile Behaviour others;

  Models(SandboxOptions options) {
    others = options.behaviour();
    own.putAll(options.behaviours());
    options.models().forEach(this::serve);
    own.keySet().forEach(this::serve);
  }

  /**
   * @param offering null where a call names none
   * @return what answers for the offering, or for the model where the offering has no behaviour of
   *     its own; empty where the model is unknown
   */
  Optional<ServedModel> find(String offering, String model) {
    if (offering == null) {
      return Optional.ofNullable(served.get(model));
    }
    if (!served.containsKey(model) && !own.containsKey(offering)) {
      return Optional.empty();
    }
    return Optional.of(offerings.computeIfAbsent(offering, id -> of(id, model)));
  }

  private ServedModel of(String offering, String model) {
    return new ServedModel(own.getOrDefault(offering, own.getOrDefault(model, others)));
  }

  /** Hits of the prefix caches, by offering or model. */
  Map<String, ServedModel> all() {
    Map<String, ServedModel> all = new TreeMap<>(served);
    all.putAll(offerings);
    return all;
  }

  SortedMap<String, Behaviour> behaviours() {
    SortedMap<String, Behaviour> all = new TreeMap<>();
    served.forEach((model, state) -> all.put(model, state.behaviour()));
    return all;
  }

  /**
   * Sets a behaviour and starts its counts anew. A model that was unknown is served from now on.
   */
  synchronized void set(String model, Behaviour behaviour) {
    // Offerings are made again with their next call, under what is in force then.
    offerings.clear();
    if (model.equals(ALL_OTHERS)) {
      others = behaviour;
      served.keySet().stream().filter(name -> !own.containsKey(name)).forEach(this::serve);
    } else {
      own.put(model, behaviour);
      serve(model);
    }
  }

  private void serve(String model) {
    served.put(model, new ServedModel(own.getOrDefault(model, others)));
  }
}
