package io.dualtrack.jobs.abuse;

/** An account as the search for clusters sees it. */
final class Portrait {

  long key;
  String tenant = "";
  String account = "";

  /** Hash of the means of payment, or of the tenant where there is none. */
  long payer;

  /** When the account was last seen, and how many exchanges it has had. */
  long at;

  long exchanges;

  /** Keys of {@link Trait}s. */
  long[] traits = {};

  /** Mean of the vectors of its texts, times 256; empty before there are a few. */
  byte[] mean = {};

  /** Exemption of its organisation; null for none. */
  String verified;

  /** A few texts of the account, chosen by their hash alone. */
  long[] texts = {};

  /** Who pays in its tenant, as {@link Population} counts them; null while nobody was looked up. */
  Population.Payers payers;

  /** When it was last seen to be some cohort's. */
  long keptAt;

  /** Takes what a later claim says of the same account, for whoever holds this portrait. */
  void become(Portrait now) {
    at = now.at;
    exchanges = now.exchanges;
    payer = now.payer;
    traits = now.traits;
    mean = now.mean;
    verified = now.verified;
    texts = now.texts;
  }
}
