package io.dualtrack.faults;

import io.dualtrack.faults.Scenario.Step;
import io.dualtrack.local.stack.StackOptions.Services;
import java.time.Duration;
import java.util.List;

/** The scenarios that are a batch and what is done to the stack meanwhile. */
final class Scenarios {

  private static final String TOPOLOGY = "topology";
  private static final String API = "dispatcher-api";
  private static final String LOCAL = "dispatcher-local";
  private static final String GATEWAY = "gateway";

  private static final Duration LATENCY = Duration.ofMillis(50);
  private static final Duration LONG_TIMEOUT = Duration.ofSeconds(120);
  private static final Duration SHORT_TIMEOUT = Duration.ofSeconds(5);

  private Scenarios() {}

  static List<Scenario> all() {
    return List.of(kill(), zombie(), pairs(), registry(), provider());
  }

  static Scenario kill() {
    return new Scenario(
        "kill",
        "SIGKILL of topology and dispatchers, each alone and two together",
        Services.PROCESSES,
        LATENCY,
        LONG_TIMEOUT,
        3,
        List.of(
            step(15, "kill the topology", faults -> faults.kill(TOPOLOGY)),
            step(40, "kill the dispatcher of APIs", faults -> faults.kill(API)),
            step(60, "kill the dispatcher at home", faults -> faults.kill(LOCAL)),
            step(
                80,
                "kill the topology and the dispatcher of APIs",
                faults -> faults.kill(TOPOLOGY, API))));
  }

  /** The second instances are there first, so that there is somebody to take over. */
  static Scenario zombie() {
    return new Scenario(
        "zombie",
        "SIGSTOP of a dispatcher and of the topology past their sessions while others take over",
        Services.PROCESSES,
        LATENCY,
        LONG_TIMEOUT,
        4,
        List.of(
            step(10, "freeze the dispatcher of APIs, alone", faults -> faults.zombie(API)),
            step(
                30,
                "freeze the dispatcher of APIs beside another one",
                faults -> {
                  faults.startAnother(API);
                  faults.zombie(API);
                }),
            step(50, "freeze the topology, alone", faults -> faults.zombie(TOPOLOGY)),
            step(
                70,
                "freeze the topology beside another one",
                faults -> {
                  faults.startAnother(TOPOLOGY);
                  faults.zombie(TOPOLOGY);
                })));
  }

  static Scenario pairs() {
    return new Scenario(
        "pairs",
        "SIGKILL of two processes at once, and again while they restore",
        Services.ALL_APART,
        LATENCY,
        LONG_TIMEOUT,
        6,
        List.of(
            step(10, "kill topology and dispatcher of APIs", faults -> faults.kill(TOPOLOGY, API)),
            step(30, "kill both dispatchers", faults -> faults.kill(API, LOCAL)),
            step(50, "kill gateway and topology", faults -> faults.kill(GATEWAY, TOPOLOGY)),
            step(
                70,
                "kill topology and dispatcher of APIs, and again while they restore",
                faults -> {
                  faults.kill(TOPOLOGY, API);
                  faults.pause(Duration.ofMillis(2_500));
                  faults.kill(TOPOLOGY, API);
                  faults.pause(Duration.ofSeconds(5));
                  faults.kill(TOPOLOGY, API);
                })));
  }

  static Scenario registry() {
    return new Scenario(
        "registry",
        "the schema registry does not answer, is slow, and does not answer while services start",
        Services.PROCESSES,
        LATENCY,
        LONG_TIMEOUT,
        1,
        List.of(
            step(
                10,
                "the registry does not answer for 20 s",
                faults -> {
                  faults.freezeRegistry();
                  faults.pause(Duration.ofSeconds(20));
                  faults.thawRegistry();
                }),
            step(
                40,
                "the registry is slow for 15 s",
                faults -> faults.slowRegistry(Duration.ofSeconds(15))),
            step(
                60,
                "kill the topology and the dispatcher of APIs while the registry does not answer",
                faults -> {
                  faults.freezeRegistry();
                  faults.kill(TOPOLOGY, API);
                  faults.pause(Duration.ofSeconds(20));
                  faults.thawRegistry();
                })));
  }

  /** A call that hangs is given up after 5 s of the 8, so it can hang twice. */
  static Scenario provider() {
    Duration episode = Duration.ofSeconds(8);
    return new Scenario(
        "provider",
        "a provider hangs, storms with 429, and ends its answers half-way",
        Services.PROCESSES,
        LATENCY,
        SHORT_TIMEOUT,
        2,
        List.of(
            step(
                15,
                "a provider hangs",
                faults -> faults.provider("gpt-5.6-sol", "{\"hang\": true}", episode, LATENCY)),
            step(
                40,
                "429 storm",
                faults ->
                    faults.provider(
                        "claude-opus-4.8",
                        "{\"status\": 429, \"retry_after_seconds\": 1}",
                        episode,
                        LATENCY)),
            step(
                65,
                "answers end half-way",
                faults ->
                    faults.provider(
                        "llama-3.1-405b", "{\"fault\": \"half_body\"}", episode, LATENCY))));
  }

  private static Step step(int percent, String what, Scenario.Action action) {
    return new Step(percent, what, action);
  }
}
