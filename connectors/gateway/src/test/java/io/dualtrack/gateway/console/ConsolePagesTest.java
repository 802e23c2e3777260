package io.dualtrack.gateway.console;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.http.OpenRoute;
import io.dualtrack.gateway.http.OpenRoute.Answer;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class ConsolePagesTest {

  @Test
  void everyFileForbidsWhatIsNotOfThisOrigin() {
    assertThat(ConsolePages.routes())
        .isNotEmpty()
        .allSatisfy(
            route -> {
              Answer answer = route.answer().get();
              assertThat(answer.headers().get("Content-Security-Policy"))
                  .startsWith("default-src 'none'")
                  .contains("frame-ancestors 'none'")
                  .doesNotContain("unsafe")
                  .doesNotContain("http");
              assertThat(answer.headers()).containsEntry("X-Content-Type-Options", "nosniff");
            });
  }

  @Test
  void thePageHoldsNoScriptOfItsOwnAndNamesNoOtherHost() {
    String page =
        ConsolePages.routes().stream()
            .filter(route -> route.path().equals("/console"))
            .map(OpenRoute::answer)
            .map(answer -> new String(answer.get().body(), StandardCharsets.UTF_8))
            .findFirst()
            .orElseThrow();

    assertThat(page).doesNotContain("http:").doesNotContain("https:").doesNotContain("style=");
    assertThat(page).doesNotContainPattern("<script(?![^>]* src=)");
  }
}
