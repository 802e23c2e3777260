package io.dualtrack.sandbox;

import java.util.List;
import java.util.Map;

/**
 * How a sandbox starts.
 *
 * @param port port on loopback; 0 for a free one
 * @param models the models it serves, as the providers name them; others are unknown to it
 * @param behaviour behaviour of the models that have none of their own
 * @param behaviours behaviours of single models or offerings
 * @param keysRequired whether calls without a key are refused, as providers do
 */
public record SandboxOptions(
    int port,
    List<String> models,
    Behaviour behaviour,
    Map<String, Behaviour> behaviours,
    boolean keysRequired) {

  /** The models of the local catalogue. */
  public static final List<String> LOCAL_CATALOGUE =
      List.of(
          "gpt-5.6-sol",
          "gpt-5.6-terra",
          "gpt-5.6-luna",
          "claude-fable-5",
          "claude-opus-4.8",
          "mixtral-8x22b",
          "llama-3.1-405b",
          "glm-5.2",
          "kimi-k2.7",
          "text-embedding-3-small");

  public SandboxOptions {
    models = List.copyOf(models);
    behaviours = Map.copyOf(behaviours);
  }

  public static SandboxOptions localCatalogue(int port, Behaviour behaviour) {
    return new SandboxOptions(port, LOCAL_CATALOGUE, behaviour, Map.of(), false);
  }
}
