package io.dualtrack.topology.jurisdiction;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.dualtrack.schemas.Attribute;
import io.dualtrack.schemas.AttributeSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class AddressCountriesTest {

  /** In 175.45.176.0/22, the one network that is registered for North Korea. */
  private static final String PYONGYANG = "175.45.176.1";

  @Test
  void theShippedFileKnowsTheCountriesThatRulesKeepOut() {
    AddressCountries shipped = AddressCountries.open(List.of());

    assertThat(shipped.of(PYONGYANG))
        .containsExactly(
            new Attribute("ip_country", List.of("KP"), AttributeSource.ADDRESS),
            new Attribute("ip_confidence", List.of("single"), AttributeSource.ADDRESS));
    assertThat(shipped.of("::ffff:" + PYONGYANG)).isEqualTo(shipped.of(PYONGYANG));
    assertThat(shipped.of("2400:3200::1").get(0).getValues()).containsExactly("CN");
  }

  @Test
  void anAddressThatNoFileKnowsIsUnknownAndNoAddressIsNothing() {
    AddressCountries shipped = AddressCountries.open(List.of());
    Attribute unknown = new Attribute("ip_confidence", List.of("unknown"), AttributeSource.ADDRESS);

    assertThat(shipped.of("127.0.0.1")).containsExactly(unknown);
    assertThat(shipped.of("10.0.0.1")).containsExactly(unknown);
    assertThat(shipped.of("no address")).containsExactly(unknown);
    assertThat(shipped.of(null)).isEmpty();
  }

  @Test
  void filesThatAgreeSaySo(@TempDir Path folder) throws IOException {
    Path one = copy(folder, "one.mmdb");
    Path two = copy(folder, "two.mmdb");

    assertThat(AddressCountries.open(List.of(one, two)).of(PYONGYANG))
        .contains(new Attribute("ip_confidence", List.of("agreed"), AttributeSource.ADDRESS));
  }

  @Test
  void filesThatDisagreeBindWithAllCountriesAndTheUnknown(@TempDir Path folder) throws IOException {
    Path one = copy(folder, "one.mmdb");
    Path two = folder.resolve("two.mmdb");
    // The same networks under another name: the record of KP says CU.
    byte[] bytes = Files.readAllBytes(one);
    replace(bytes, "country_codeBKP", "country_codeBCU");
    Files.write(two, bytes);

    List<Attribute> said = AddressCountries.open(List.of(one, two)).of(PYONGYANG);

    assertThat(said)
        .containsExactly(
            new Attribute("ip_country", List.of("CU", "KP"), AttributeSource.ADDRESS),
            new Attribute("ip_confidence", List.of("disputed"), AttributeSource.ADDRESS));
  }

  @Test
  void aFileThatIsNoneIsNamed(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("x.mmdb"), "no database");

    assertThatThrownBy(() -> AddressCountries.open(List.of(file)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("DUALTRACK_GEO")
        .hasMessageContaining(file.toString());
  }

  private static Path copy(Path folder, String name) throws IOException {
    Path file = folder.resolve(name);
    try (var in = AddressCountries.class.getResourceAsStream("/geo/dbip-country-extract.mmdb")) {
      Files.copy(in, file);
    }
    return file;
  }

  private static void replace(byte[] bytes, String from, String to) {
    int found = 0;
    for (int i = bytes.length - from.length(); i >= 0; i--) {
      boolean here = true;
      for (int c = 0; here && c < from.length(); c++) {
        here = bytes[i + c] == (byte) from.charAt(c);
      }
      if (here) {
        for (int c = 0; c < to.length(); c++) {
          bytes[i + c] = (byte) to.charAt(c);
        }
        found++;
      }
    }
    assertThat(found).isEqualTo(1);
  }
}
