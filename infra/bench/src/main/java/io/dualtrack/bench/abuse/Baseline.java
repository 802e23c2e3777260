package io.dualtrack.bench.abuse;

import io.dualtrack.local.abuse.RecordedExchange;
import java.util.List;
import java.util.function.Supplier;

/** A simpler way to find abuse, which a detector has to be better than. Sees a log in its order. */
interface Baseline {

  /** Accounts that are named because of one more exchange. */
  List<String> see(RecordedExchange line);

  /** A baseline by its name in reports; each log takes a new one. */
  record Named(String name, Supplier<Baseline> make) {}

  /** All of them. */
  static List<Named> all() {
    return List.of(
        new Named("volume", VolumeThreshold::new),
        new Named("shared payment", SharedPayment::new),
        new Named("per account (PRADA-like)", QueryDistances::new));
  }
}
