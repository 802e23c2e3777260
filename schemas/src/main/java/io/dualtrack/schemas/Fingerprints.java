package io.dualtrack.schemas;

import java.security.MessageDigest;
import java.util.Collection;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.Set;

/** What control records are recognised by in the audit trail: SHA-256, hex. */
public final class Fingerprints {

  private static final Set<String> ACCOUNTS = Set.of("accounts");

  private Fingerprints() {}

  /** Of everything in a bundle but its signature. */
  public static String of(PolicyBundle bundle) {
    return CanonicalRecord.hash(bundle, BundleSignature.FIELDS);
  }

  /** Of a contract without its accounts, which no decision depends on. */
  public static String of(Tenant tenant) {
    return CanonicalRecord.hash(tenant, ACCOUNTS);
  }

  /** Of all offerings together, in whatever order they come. */
  public static String of(Collection<Offering> offerings) {
    MessageDigest digest = CanonicalRecord.sha256();
    offerings.stream()
        .sorted(Comparator.comparing(Offering::getId))
        .map(offering -> CanonicalRecord.bytes(offering, Set.of()))
        .forEach(digest::update);
    return HexFormat.of().formatHex(digest.digest());
  }
}
