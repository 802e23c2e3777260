package io.dualtrack.review.control;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Tenant;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds what is wrong with the keys of accounts, and repeats none of them. */
final class KeyChecks {

  private static final Pattern HASH =
      Pattern.compile(
          "\\$argon2id\\$v=19\\$m=\\d{1,7},t=\\d{1,2},p=\\d{1,2}\\$[A-Za-z0-9+/]{11,}\\$[A-Za-z0-9+/]{21,}");
  private static final int SHORTEST_PREFIX = 8;
  private static final String MAKE = "make one with 'dualtrack key new', and never write the key";

  private final Places places;

  KeyChecks(Places places) {
    this.places = places;
  }

  void check(Account account) {
    if (account.getApiKeySha256() != null) {
      places.problem(
          account,
          "api_key_sha256",
          "'api_key_sha256' is not taken any more: it can be guessed",
          MAKE);
    }
    String hash = account.getKeyHash();
    if (hash != null && !HASH.matcher(hash).matches()) {
      places.problem(account, "key_hash", "'key_hash' is no Argon2id hash in PHC form", MAKE);
    }
    String prefix = account.getKeyPrefix();
    if ((hash == null) != (prefix == null)) {
      places.problem(
          account,
          hash == null ? "key_prefix" : "key_hash",
          "account '%s' has one of 'key_prefix' and 'key_hash'".formatted(account.getId()),
          "write both, or none");
    }
    if (prefix != null && prefix.length() < SHORTEST_PREFIX) {
      places.problem(
          account,
          "key_prefix",
          "'key_prefix' is shorter than %d characters".formatted(SHORTEST_PREFIX),
          "write more of the key's beginning");
    }
  }

  /** Hashes are salted, so two accounts with one key are found by its beginning. */
  void unique(List<Tenant> read, List<Tenant> published) {
    Set<String> replaced = read.stream().map(Tenant::getId).collect(Collectors.toSet());
    Map<String, String> owners = new HashMap<>();
    for (Tenant tenant : published) {
      if (!replaced.contains(tenant.getId())) {
        for (Account account : tenant.getAccounts()) {
          owners.put(account.getKeyPrefix(), tenant.getId() + "/" + account.getId());
        }
      }
    }
    owners.remove(null);
    for (Tenant tenant : read) {
      for (Account account : tenant.getAccounts()) {
        String prefix = account.getKeyPrefix();
        String owner =
            prefix == null
                ? null
                : owners.putIfAbsent(prefix, tenant.getId() + "/" + account.getId());
        if (owner != null) {
          places.problem(
              account,
              "key_prefix",
              "account '%s' has the key prefix of %s".formatted(account.getId(), owner),
              "give each account a key of its own");
        }
      }
    }
  }
}
