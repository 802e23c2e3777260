package io.dualtrack.local.command;

import io.dualtrack.local.stack.StackAddress;
import io.dualtrack.local.stack.StackFailure;
import io.dualtrack.operations.control.ControlTopics;
import io.dualtrack.operations.finance.CostTopics;
import io.dualtrack.operations.fraud.AbuseTopics;
import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.RoutingDecision;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.topology.TopologyConfig;
import io.dualtrack.topology.audit.SubjectKeys;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Clock;
import java.time.InstantSource;
import java.util.Optional;

/** A running stack as the commands use it. */
final class StackClient {

  private static final String CACHE = "registry-cache.jsonl";

  private final StackAddress address;
  private final SchemaRegistry registry;

  StackClient(StackAddress address) {
    this.address = address;
    this.registry = SchemaRegistry.connect(address.registry(), cache(address));
  }

  /** Base of the gateway's addresses. */
  URI http() {
    return address.http();
  }

  KafkaAccess kafka() {
    return address.kafka();
  }

  SchemaRegistry registry() {
    return registry;
  }

  ControlTopics control() {
    return new ControlTopics(kafka(), registry, Clock.systemUTC());
  }

  AbuseTopics abuse() {
    return new AbuseTopics(kafka(), registry);
  }

  CostTopics costs() {
    return new CostTopics(kafka(), registry);
  }

  /** A file or folder of the stack's data folder. */
  Path inData(String name) {
    return address.data().resolve(name);
  }

  /**
   * The account behind what stands for it in the audit trail; empty where its key was destroyed.
   */
  Optional<String> account(RoutingDecision decision) {
    return subjects().reveal(decision.getTenant(), decision.getAccount());
  }

  SubjectKeys subjects() {
    return new SubjectKeys(inData(TopologyConfig.SUBJECT_KEYS), InstantSource.system());
  }

  /** Whether the stack answers now. */
  boolean answers() {
    try {
      StackAddress.fetch(address.http());
      return true;
    } catch (StackFailure e) {
      return false;
    }
  }

  /** The stack's own file; a stack that runs elsewhere has its folder elsewhere too. */
  private static Path cache(StackAddress address) {
    return Files.isWritable(address.data())
        ? address.data().resolve(CACHE)
        : Path.of(System.getProperty("user.home"), ".dualtrack", CACHE);
  }
}
