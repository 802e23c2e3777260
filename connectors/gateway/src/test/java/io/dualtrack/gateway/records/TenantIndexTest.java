package io.dualtrack.gateway.records;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.gateway.records.TenantIndex.Page;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class TenantIndexTest {

  private final TenantIndex<String> index = new TenantIndex<>();

  @BeforeEach
  void fill() {
    for (int i = 1; i <= 5; i++) {
      index.put("a" + i, "acme", Instant.ofEpochSecond(i), "a" + i);
      index.put("g" + i, "globex", Instant.ofEpochSecond(i), "g" + i);
    }
  }

  private Page<String> page(String after, String before, int limit) {
    return index.page("acme", after, before, limit, true, value -> true).orElseThrow();
  }

  @Test
  void anotherTenantsObjectsDoNotExist() {
    assertThat(index.get("acme", "g1")).isEmpty();
    assertThat(index.page("acme", "g1", null, 5, true, value -> true)).isEmpty();
    assertThat(page(null, null, 10).data()).containsExactly("a5", "a4", "a3", "a2", "a1");
    assertThat(index.page("initech", null, null, 5, true, value -> true).orElseThrow().data())
        .isEmpty();
  }

  @Test
  void pagesFollowEachOtherWithoutGapAndTheLastSaysSo() {
    assertThat(page(null, null, 2)).isEqualTo(new Page<>(List.of("a5", "a4"), true));
    assertThat(page("a4", null, 2)).isEqualTo(new Page<>(List.of("a3", "a2"), true));
    assertThat(page("a2", null, 2)).isEqualTo(new Page<>(List.of("a1"), false));
    assertThat(page("a1", null, 2)).isEqualTo(new Page<>(List.of(), false));
  }

  @Test
  void aPageMayEndBeforeAnObject() {
    assertThat(page(null, "a1", 2)).isEqualTo(new Page<>(List.of("a3", "a2"), true));
    assertThat(page(null, "a4", 2)).isEqualTo(new Page<>(List.of("a5"), false));
  }

  @Test
  void theOldestComesFirstWhereThatIsWanted() {
    assertThat(index.page("acme", "a2", null, 2, false, value -> true).orElseThrow().data())
        .containsExactly("a3", "a4");
  }

  @Test
  void whatTheFilterDoesNotTakeFillsNoPage() {
    assertThat(index.page("acme", null, null, 2, true, value -> !value.equals("a4")).orElseThrow())
        .isEqualTo(new Page<>(List.of("a5", "a3"), true));
  }

  @Test
  void whatIsPutAgainTakesItsPlaceAndWhatIsRemovedIsGone() {
    index.put("a5", "acme", Instant.ofEpochSecond(5), "changed");
    index.remove("a4");
    index.remove("a4");

    assertThat(page(null, null, 2).data()).containsExactly("changed", "a3");
    assertThat(index.get("acme", "a4")).isEmpty();
  }
}
