package io.dualtrack.local.command;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.local.command.Caller.UnknownCallerException;
import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.schemas.Tenant;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CallerTest {

  private static final Optional<String> NONE = Optional.empty();

  private final List<Tenant> tenants = ShippedControl.read().tenants();

  @Test
  void withoutAnyNameItIsTheFirstAccountOfAcme() throws Exception {
    assertThat(Caller.find(NONE, NONE, NONE, tenants)).isEqualTo(new Caller("acme", "acme-batch"));
  }

  @Test
  void aKeySaysWhoItIs() throws Exception {
    assertThat(Caller.find(NONE, NONE, Optional.of("dt-local-globex"), tenants))
        .isEqualTo(new Caller("globex", "globex-batch"));
  }

  @Test
  void aKeyOfNobodyIsRefusedAndNotRepeated() {
    assertThatThrownBy(() -> Caller.find(NONE, NONE, Optional.of("sk-wrong"), tenants))
        .isInstanceOf(UnknownCallerException.class)
        .hasMessageNotContaining("sk-wrong");
  }

  @Test
  void aKeyOfAnotherTenantIsRefused() {
    assertThatThrownBy(
            () -> Caller.find(Optional.of("acme"), NONE, Optional.of("dt-local-globex"), tenants))
        .hasMessageContaining("globex/globex-batch");
  }

  @Test
  void anUnknownTenantOrAccountIsToldWhatThereIs() {
    assertThatThrownBy(() -> Caller.find(Optional.of("akme"), NONE, NONE, tenants))
        .hasMessage("no tenant is called 'akme'; there are acme, globex");
    assertThatThrownBy(() -> Caller.find(NONE, Optional.of("me"), NONE, tenants))
        .hasMessageContaining("acme-batch, acme-risk, acme-research");
  }
}
