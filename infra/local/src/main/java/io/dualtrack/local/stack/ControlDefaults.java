package io.dualtrack.local.stack;

import io.dualtrack.schemas.KafkaAccess;
import io.dualtrack.schemas.SchemaRegistry;
import io.dualtrack.schemas.SigningKey;

/** Publishes the first tenants, offerings, policies and prices of a stack that has none. */
@FunctionalInterface
public interface ControlDefaults {

  /**
   * Called once the topics exist, and only while none of the control topics has ever held a record.
   *
   * @param kafka where the brokers are
   * @param key that the stack's topology trusts policies of
   * @throws Exception what the stack's start fails with
   */
  void publish(KafkaAccess kafka, SchemaRegistry registry, SigningKey key) throws Exception;

  /** Leaves the control topics empty: everything is refused until something is published. */
  static ControlDefaults none() {
    return (kafka, registry, key) -> {};
  }
}
