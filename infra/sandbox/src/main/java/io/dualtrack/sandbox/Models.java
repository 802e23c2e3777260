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
  private volatile Behaviour others;

  Models(SandboxOptions options) {
    others = options.behaviour();
    own.putAll(options.behaviours());
    options.models().forEach(this::serve);
    own.keySet().forEach(this::serve);
  }

  Optional<ServedModel> find(String model) {
    return Optional.ofNullable(served.get(model));
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
