package io.dualtrack.gateway.signin;

import com.fasterxml.jackson.databind.JsonNode;
import io.dualtrack.gateway.access.Person;
import io.dualtrack.gateway.signin.SignInRefused.Problem;
import io.dualtrack.schemas.AccessScope;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.Set;

/**
 * Who somebody is here, by the claims of a token that was checked. What no rule names gives
 * nothing.
 */
final class ClaimRules {

  private static final int LONGEST_NAME = 200;

  private final OidcSettings.File settings;

  ClaimRules(OidcSettings.File settings) {
    this.settings = settings;
  }

  Person person(JsonNode claims) throws SignInRefused {
    Set<AccessScope> roles = EnumSet.noneOf(AccessScope.class);
    for (String value : values(claims, settings.rolesClaim())) {
      roles.addAll(settings.roles().getOrDefault(value, Set.of()));
    }
    if (roles.isEmpty()) {
      throw new SignInRefused(
          Problem.NO_ROLE,
          "no value of the claim %s gives a role".formatted(settings.rolesClaim()));
    }
    return new Person(tenant(claims), Person.PREFIX + name(claims), roles);
  }

  /** Of two organisations is of none: it would be a guess for which of them somebody acts. */
  private String tenant(JsonNode claims) throws SignInRefused {
    if (settings.tenant() != null) {
      return settings.tenant();
    }
    Set<String> tenants = new LinkedHashSet<>();
    for (String value : values(claims, settings.tenantClaim())) {
      String tenant = settings.tenants().get(value);
      if (tenant != null) {
        tenants.add(tenant);
      }
    }
    if (tenants.size() != 1) {
      throw new SignInRefused(
          Problem.NO_TENANT,
          "the claim %s stands for %d tenants".formatted(settings.tenantClaim(), tenants.size()));
    }
    return tenants.iterator().next();
  }

  private String name(JsonNode claims) throws SignInRefused {
    JsonNode name = claim(claims, settings.accountClaim());
    if (!name.isTextual()
        || name.textValue().isBlank()
        || name.textValue().length() > LONGEST_NAME
        || name.textValue().chars().anyMatch(Character::isISOControl)) {
      throw new SignInRefused(
          Problem.UNPROVEN, "the claim %s names nobody".formatted(settings.accountClaim()));
    }
    return name.textValue();
  }

  private static Set<String> values(JsonNode claims, String claim) {
    JsonNode value = claim(claims, claim);
    Set<String> values = new LinkedHashSet<>();
    if (value.isTextual()) {
      values.add(value.textValue());
    } else if (value.isArray()) {
      value.forEach(
          each -> {
            if (each.isTextual()) {
              values.add(each.textValue());
            }
          });
    }
    return values;
  }

  private static JsonNode claim(JsonNode claims, String name) {
    return name.startsWith("/") ? claims.at(name) : claims.path(name);
  }
}
