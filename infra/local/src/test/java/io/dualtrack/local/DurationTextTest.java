package io.dualtrack.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import picocli.CommandLine.TypeConversionException;

class DurationTextTest {

  private final DurationText text = new DurationText();

  @Test
  void timesAreReadAsPeopleWriteThem() {
    assertThat(text.convert("250ms")).isEqualTo(Duration.ofMillis(250));
    assertThat(text.convert("1s")).isEqualTo(Duration.ofSeconds(1));
    assertThat(text.convert("2 m")).isEqualTo(Duration.ofMinutes(2));
    assertThat(text.convert("0")).isEqualTo(Duration.ZERO);
  }

  @Test
  void otherTextIsRefusedWithAnExample() {
    assertThatThrownBy(() -> text.convert("-1s"))
        .isInstanceOf(TypeConversionException.class)
        .hasMessageContaining("250ms");
    assertThatThrownBy(() -> text.convert("soon")).hasMessageContaining("'soon'");
  }
}
