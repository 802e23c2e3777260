package io.dualtrack.inference.batch;

import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.Caller;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/** The batch APIs that are spoken, and what translates their lines. */
public final class BatchProviders {

  private final Map<String, BatchApi> apis;
  private final Map<String, Adapter> adapters;

  /**
   * @param caller for answers as large as the results of a batch
   */
  public BatchProviders(Access access, Caller caller, List<Adapter> adapters) {
    this.apis =
        Map.of(
            "openai", new OpenAiBatches(access, caller),
            "anthropic", new AnthropicBatches(access, caller));
    this.adapters =
        adapters.stream().collect(Collectors.toMap(Adapter::dialect, Function.identity()));
  }

  /** Dialects whose orders may be deferred. */
  public static Set<String> dialects() {
    return Set.of("openai", "anthropic");
  }

  Optional<BatchApi> api(String dialect) {
    return adapters.containsKey(dialect)
        ? Optional.ofNullable(apis.get(dialect))
        : Optional.empty();
  }

  Adapter adapter(String dialect) {
    return adapters.get(dialect);
  }
}
