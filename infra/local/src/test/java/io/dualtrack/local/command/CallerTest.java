package io.dualtrack.local.command;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class CallerTest {

  private static final Optional<String> NONE = Optional.empty();
  private static final List<String> TENANTS = List.of("acme", "globex");

  @Test
  void withoutAnyNameItIsAcmeWithItsLocalKey() {
    assertThat(Caller.find(NONE, NONE, NONE).key()).isEqualTo("dt-local-acme");
    assertThat(Caller.find(NONE, NONE, Optional.of(" ")).key()).isEqualTo("dt-local-acme");
  }

  @Test
  void aKeyOnTheCommandLineWinsAndOneInTheEnvironmentGivesWayToATenant() {
    Optional<String> variable = Optional.of("of-the-environment\n");
    Optional<String> tenant = Optional.of("globex");

    assertThat(Caller.find(Optional.of("given"), tenant, variable).key()).isEqualTo("given");
    assertThat(Caller.find(NONE, tenant, variable).key()).isEqualTo("dt-local-globex");
    assertThat(Caller.find(NONE, NONE, variable).key()).isEqualTo("of-the-environment");
  }

  @Test
  void whoeverIsRefusedIsToldWhatToDoAndNotTheKey() {
    Caller unknown = Caller.find(Optional.of("sk-wrong"), NONE, NONE);

    assertThat(unknown.remedy(TENANTS)).contains("no account has this API key");
    assertThat(unknown.remedy(TENANTS) + unknown).doesNotContain("sk-wrong");
    assertThat(Caller.ofTenant("akme").remedy(TENANTS))
        .isEqualTo("no tenant is called 'akme'; there are acme, globex");
    assertThat(Caller.ofTenant("globex").remedy(TENANTS))
        .contains("tenant 'globex'", "--key", "DUALTRACK_API_KEY")
        .doesNotContain("dt-local");
  }
}
