package io.dualtrack.jobs.abuse;

/** The eight kinds of evidence, by the codes that alerts carry. */
public enum Signal {
  /** Unrelated accounts that share rare wording. */
  S1,
  /** A group whose texts are of another kind than everybody's. */
  S2,
  /** Accounts that act in step. */
  S3,
  /** Accounts that share means of payment, devices or networks. */
  S4,
  /** Accounts that divide narrow work among them and never repeat each other. */
  S5,
  /** One account that many people use. */
  S6,
  /** A tenant whose users moved to where it has none. */
  S7,
  /** Accounts that were made in one go. */
  S8
}
