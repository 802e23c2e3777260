package io.dualtrack.gateway;

import com.password4j.Argon2Function;
import com.password4j.Password;
import com.password4j.types.Argon2;
import io.dualtrack.schemas.AccessScope;
import io.dualtrack.schemas.Account;
import io.dualtrack.schemas.CacheContract;
import io.dualtrack.schemas.ModelContract;
import io.dualtrack.schemas.Tenant;
import io.dualtrack.schemas.TenantLimits;
import io.dualtrack.schemas.TenantStatus;
import java.util.List;

/** Tenants for tests, with keys whose hashes are cheap. */
public final class Tenants {

  private Tenants() {}

  public static Tenant tenant(
      String id, TenantStatus status, TenantLimits limits, Account... accounts) {
    return Tenant.newBuilder()
        .setId(id)
        .setName(id)
        .setStatus(status)
        .setControllerCountry("DE")
        .setJurisdictions(List.of("EU"))
        .setDataClasses(List.of())
        .setProcessingRegions(List.of())
        .setTransferMechanisms(List.of())
        .setModels(
            List.of(
                ModelContract.newBuilder()
                    .setModel("gpt-5.6-sol")
                    .setSubstitutes(List.of("llama-3.1-405b"))
                    .build()))
        .setCache(new CacheContract(true, 3_600L, false))
        .setAccounts(List.of(accounts))
        .setLimits(limits)
        .build();
  }

  public static Account account(String id, String key, AccessScope... scopes) {
    return Account.newBuilder()
        .setId(id)
        .setKeyPrefix(key.substring(0, 8))
        .setKeyHash(hash(key))
        .setScopes(List.of(scopes))
        .build();
  }

  public static String hash(String key) {
    return Password.hash(key)
        .addRandomSalt()
        .with(Argon2Function.getInstance(64, 1, 1, 16, Argon2.ID))
        .getResult();
  }
}
