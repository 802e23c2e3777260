package io.dualtrack.local.cases;

import static org.assertj.core.api.Assertions.assertThat;

import io.dualtrack.local.control.ShippedControl;
import io.dualtrack.topology.jurisdiction.AddressCountries;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/** The cases that come with the product, each a test. */
class ShippedCasesTest {

  private static final Path CASES = Path.of("../control/cases");

  private final CaseRun run = new CaseRun(AddressCountries.open(List.of()));

  @TestFactory
  Stream<DynamicTest> everyShippedCaseHolds() throws Exception {
    return CaseReader.read(CASES, ShippedControl.read()).stream()
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.name(), () -> assertThat(run.failures(each)).isEmpty()));
  }

  @Test
  void theTwelveAreThere() throws Exception {
    List<String> numbers = IntStream.rangeClosed(1, 12).mapToObj(number -> number + ".").toList();

    assertThat(CaseReader.read(CASES.resolve("twelve.yaml"), ShippedControl.read()))
        .extracting(each -> each.name().substring(0, each.name().indexOf(' ')))
        .isEqualTo(numbers);
  }
}
