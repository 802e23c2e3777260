package io.dualtrack.gateway.access;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.schemas.AccessScope;
import java.util.Set;
import org.junit.jupiter.api.Test;

class CallerTest {

  @Test
  void aTenantsAdministratorHasEveryScopeOfTheTenantAndNoRoleInTheDeployment() {
    Caller admin = new Caller(null, null, Set.of(AccessScope.ADMIN));

    assertThat(admin.may(AccessScope.SUBMIT)).isTrue();
    assertThat(admin.may(AccessScope.READ)).isTrue();
    for (AccessScope role :
        Set.of(
            AccessScope.VIEWER,
            AccessScope.OPERATOR,
            AccessScope.COMPLIANCE,
            AccessScope.FINANCE,
            AccessScope.FRAUD)) {
      assertThat(admin.may(role)).as(role.name()).isFalse();
    }
  }

  @Test
  void everyRoleSeesWhatAViewerSeesAndNothingOfATenantsOwn() {
    Caller finance = new Caller(null, null, Set.of(AccessScope.FINANCE));

    assertThat(finance.may(AccessScope.VIEWER)).isTrue();
    assertThat(finance.may(AccessScope.COMPLIANCE)).isFalse();
    assertThat(finance.may(AccessScope.OPERATOR)).isFalse();
    assertThat(finance.may(AccessScope.READ)).isFalse();
  }
}
