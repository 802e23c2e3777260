package io.dualtrack.inference;

import io.dualtrack.inference.access.Access;
import io.dualtrack.inference.access.Credentials;
import io.dualtrack.inference.access.Hosts;
import io.dualtrack.inference.adapter.Adapter;
import io.dualtrack.inference.adapter.anthropic.AnthropicAdapter;
import io.dualtrack.inference.adapter.bedrock.BedrockAdapter;
import io.dualtrack.inference.adapter.openai.OpenAiAdapter;
import io.dualtrack.inference.adapter.vertex.VertexAdapter;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;

/** What a dispatcher speaks. */
public final class Dialects {

  private Dialects() {}

  /** An adapter for each dialect. */
  static List<Adapter> adapters(Access access, InstantSource clock) {
    List<Adapter> adapters = new ArrayList<>(OpenAiAdapter.family(access, clock));
    adapters.add(AnthropicAdapter.direct(access, clock));
    adapters.add(AnthropicAdapter.onVertex(access, clock));
    adapters.add(new BedrockAdapter(access, clock));
    adapters.add(new VertexAdapter(access, clock));
    return adapters;
  }

  /** The names that an offering may have as its dialect. */
  public static List<String> names() {
    return adapters(nowhere(), InstantSource.system()).stream().map(Adapter::dialect).toList();
  }

  /** For adapters that are only asked what they can do. */
  static Access nowhere() {
    return new Access(new Credentials(Map.of()), Map.of(), Hosts.parse(""));
  }
}
