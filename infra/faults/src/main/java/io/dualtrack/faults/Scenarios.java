package io.dualtrack.faults;

import io.dualtrack.faults.Scenario.Step;
import io.dualtrack.local.stack.StackOptions.Services;
import io.dualtrack.schemas.Topics;
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
  private static final Duration TEN_YEARS = Duration.ofDays(3653);

  /** Instances that come and go in a storm. */
  private static final int STORM = 5;

  /** Calls that take long, so that some are always out. */
  private static final Setting SLOWLY =
      Setting.oneBroker(Services.ALL_APART, Duration.ofSeconds(2), LONG_TIMEOUT);

  private Scenarios() {}

  static List<Scenario> all() {
    return List.of(
        kill(),
        zombie(),
        pairs(),
        registry(),
        provider(),
        broker(),
        rolling(),
        poison(),
        storm(),
        cut(),
        disk(),
        clock());
  }

  static Scenario kill() {
    return new Scenario(
        "kill",
        "SIGKILL of topology and dispatchers, each alone and two together",
        Setting.oneBroker(Services.PROCESSES, LATENCY, LONG_TIMEOUT),
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
        Setting.oneBroker(Services.PROCESSES, LATENCY, LONG_TIMEOUT),
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
        Setting.oneBroker(Services.ALL_APART, LATENCY, LONG_TIMEOUT),
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
        SLOWLY.lasting(Duration.ofSeconds(80)),
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
        Setting.oneBroker(Services.PROCESSES, LATENCY, SHORT_TIMEOUT),
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

  /** The leader is of a partition that is written to. Sessions of brokers last 9 s. */
  static Scenario broker() {
    Duration away = Duration.ofSeconds(12);
    return new Scenario(
        "broker",
        "of three brokers one is killed, the leader of a hot partition, two at once, one frozen",
        SLOWLY.lasting(Duration.ofSeconds(150)).onCluster(),
        6,
        List.of(
            step(10, "a broker is away for 12 s", faults -> faults.brokers().lose(away, 2)),
            step(
                30,
                "the leader of the hottest partition of requests is away for 12 s",
                faults -> faults.brokers().loseLeader(Topics.REQUESTS, away)),
            step(
                50,
                "two of three brokers are away for 15 s",
                faults -> faults.brokers().lose(Duration.ofSeconds(15), 1, 3)),
            step(
                75,
                "the leader of the hottest partition of completions is frozen for 14 s",
                faults ->
                    faults.brokers().freezeLeader(Topics.COMPLETIONS, Duration.ofSeconds(14)))));
  }

  static Scenario rolling() {
    return new Scenario(
        "rolling",
        "every broker and every service is stopped and started again, one behind the other",
        SLOWLY.lasting(Duration.ofSeconds(180)).onCluster(),
        4,
        List.of(
            step(
                5,
                "restart the brokers",
                faults -> {
                  for (int broker = 1; broker <= faults.brokers().size(); broker++) {
                    faults.brokers().restart(broker);
                  }
                }),
            step(30, "restart the topologies", faults -> restartBoth(faults, TOPOLOGY)),
            step(45, "restart the dispatchers of APIs", faults -> restartBoth(faults, API)),
            step(60, "restart the dispatchers at home", faults -> restartBoth(faults, LOCAL)),
            step(75, "restart the gateways", faults -> restartBoth(faults, GATEWAY))));
  }

  private static void restartBoth(FaultInjector faults, String service) throws Exception {
    faults.restart(service);
    faults.restart(service + "-1");
  }

  /** Whoever starts again meets the bad records in what it reads from the beginning. */
  static Scenario poison() {
    return new Scenario(
        "poison",
        "garbage, unknown, foreign and wrong schemas, empty and oversize records in every topic",
        SLOWLY.lasting(Duration.ofSeconds(40)),
        3,
        List.of(
            step(10, "poison in every topic", faults -> faults.rogue().poison()),
            step(30, "a body that is too large", faults -> faults.rogue().largeBody()),
            step(
                40,
                "poison in every topic, and kill topology and dispatchers",
                faults -> {
                  faults.rogue().poison();
                  faults.kill(TOPOLOGY, API, LOCAL);
                }),
            step(70, "kill the gateway", faults -> faults.kill(GATEWAY))));
  }

  /** Each instance comes while another one goes, so that groups never rest. */
  static Scenario storm() {
    return new Scenario(
        "storm",
        "instances of topology and dispatcher come and go, so that partitions move all the time",
        SLOWLY.lasting(Duration.ofSeconds(90)),
        12,
        List.of(
            step(5, "topologies come and go", faults -> comeAndGo(faults, TOPOLOGY)),
            step(50, "dispatchers of APIs come and go", faults -> comeAndGo(faults, API))));
  }

  /** Every other one is killed; the others are told to stop. */
  private static void comeAndGo(FaultInjector faults, String service) throws Exception {
    faults.startAnother(service, 1);
    for (int instance = 2; instance <= STORM; instance++) {
      faults.pause(Duration.ofSeconds(4));
      faults.startAnother(service, instance);
      faults.pause(Duration.ofSeconds(2));
      faults.endAnother(service, instance - 1, instance % 2 == 0);
    }
    faults.endAnother(service, STORM, false);
  }

  /** The last one is longer than a transaction lasts. */
  static Scenario cut() {
    Duration pastTheSession = Duration.ofSeconds(14);
    return new Scenario(
        "cut",
        "the network between a service and all brokers is cut, past its session and its transaction",
        SLOWLY.lasting(Duration.ofSeconds(150)).onCluster(TOPOLOGY, API, GATEWAY),
        6,
        List.of(
            step(10, "cut off a dispatcher of APIs", faults -> faults.cut(API, pastTheSession)),
            step(25, "cut off a topology", faults -> faults.cut(TOPOLOGY, pastTheSession)),
            step(40, "cut off a gateway", faults -> faults.cut(GATEWAY, pastTheSession)),
            step(
                55,
                "connections of all three break",
                faults -> {
                  for (String each : List.of(API, TOPOLOGY, GATEWAY)) {
                    faults.reset(each, 5, Duration.ofSeconds(1));
                  }
                }),
            step(
                70,
                "cut off a dispatcher of APIs for 40 s",
                faults -> faults.cut(API, Duration.ofSeconds(40)))));
  }

  static Scenario disk() {
    return new Scenario(
        "disk",
        "the disk of a topology, of a gateway and of a broker is full",
        SLOWLY.lasting(Duration.ofSeconds(120)).onCluster(),
        3,
        List.of(
            step(
                10,
                "the disk of a topology is full for 20 s",
                faults -> faults.fillDisk(TOPOLOGY, Duration.ofSeconds(20))),
            step(
                40,
                "the disk of a gateway is full for 10 s",
                faults -> faults.fillDisk(GATEWAY, Duration.ofSeconds(10))),
            step(
                60,
                "the disk of a broker is full for 10 s",
                faults -> faults.brokers().fillDisk(2, Duration.ofSeconds(10)))));
  }

  static Scenario clock() {
    return new Scenario(
        "clock",
        "callers whose clock is years or minutes wrong write requests themselves",
        SLOWLY.lasting(Duration.ofSeconds(40)),
        2,
        List.of(
            step(10, "a clock is 50 minutes ahead", clockWrongBy(Duration.ofMinutes(50))),
            step(15, "a clock is 50 minutes behind", clockWrongBy(Duration.ofMinutes(-50))),
            step(20, "a clock is ten years ahead", clockWrongBy(TEN_YEARS)),
            step(25, "a clock is ten years behind", clockWrongBy(TEN_YEARS.negated())),
            step(
                30, "times at the ends of what they can be", faults -> faults.rogue().endsOfTime()),
            step(
                50,
                "kill the topology and the dispatcher at home, which keep these requests",
                faults -> faults.kill(TOPOLOGY, LOCAL)),
            step(60, "a clock is 50 minutes ahead", clockWrongBy(Duration.ofMinutes(50)))));
  }

  private static Scenario.Action clockWrongBy(Duration wrong) {
    return faults -> faults.rogue().wrongClock(wrong);
  }

  private static Step step(int percent, String what, Scenario.Action action) {
    return new Step(percent, what, action);
  }
}
