package io.dualtrack.gateway.access;

import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.Tenant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;

/**
 * Accounts by the beginning of their keys, so that a key is tried against the hash of its own
 * account and not against everybody's.
 */
final class KeyBook {

  /** An account whose key may be the one that was shown. */
  record Entry(Tenant tenant, Account account) {}

  private static final int SHORTEST_PREFIX = 8;

  private final Map<String, List<Entry>> entries = new HashMap<>();
  private final Set<Integer> lengths = new TreeSet<>();

  KeyBook(Collection<Tenant> tenants) {
    for (Tenant tenant : tenants) {
      for (Account account : tenant.getAccounts()) {
        String prefix = account.getKeyPrefix();
        if (account.getKeyHash() != null && prefix != null && prefix.length() >= SHORTEST_PREFIX) {
          entries.computeIfAbsent(prefix, p -> new ArrayList<>()).add(new Entry(tenant, account));
          lengths.add(prefix.length());
        }
      }
    }
  }

  /** Accounts whose key begins as this one; few, and mostly one. */
  List<Entry> candidates(String key) {
    return lengths.stream()
        .filter(length -> length < key.length())
        .flatMap(length -> entries.getOrDefault(key.substring(0, length), List.of()).stream())
        .toList();
  }
}
