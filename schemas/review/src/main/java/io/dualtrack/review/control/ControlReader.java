package io.dualtrack.review.control;

import io.dualtrack.operations.control.ControlSet;
import io.dualtrack.schemas.AbuseExemption;
import io.dualtrack.schemas.CurrencyRate;
import io.dualtrack.schemas.Offering;
import io.dualtrack.schemas.PolicyBundle;
import io.dualtrack.schemas.Price;
import io.dualtrack.schemas.Tenant;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.apache.avro.specific.SpecificRecord;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.MarkedYAMLException;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.SequenceNode;

/**
 * Reads control files: YAML with the lists {@code tenants}, {@code offerings}, {@code policies},
 * {@code prices}, {@code currencies} and {@code exemptions}, in any division over files.
 */
public final class ControlReader {

  private static final String SECTIONS =
      "tenants, offerings, policies, prices, currencies, exemptions";

  private final Places places = new Places();
  private final List<Tenant> tenants = new ArrayList<>();
  private final List<Offering> offerings = new ArrayList<>();
  private final List<PolicyBundle> policies = new ArrayList<>();
  private final List<Price> prices = new ArrayList<>();
  private final List<CurrencyRate> currencies = new ArrayList<>();
  private final List<AbuseExemption> exemptions = new ArrayList<>();

  private ControlReader() {}

  /**
   * Reads and checks files.
   *
   * @param path a file, or a folder whose {@code .yaml} and {@code .yml} files are read
   * @param published what the control topics hold already, so that a file may refer to it
   * @param dialects what dispatchers speak, so that an offering may name it
   * @throws InvalidControlException with every problem of every file
   * @throws IOException if the path cannot be read
   */
  public static ControlSet read(Path path, ControlSet published, List<String> dialects)
      throws InvalidControlException, IOException {
    ControlReader reader = new ControlReader();
    List<Path> files = files(path);
    if (files.isEmpty()) {
      reader.places.problem(
          new Problem(path.toString(), 0, "no YAML file is in this folder", "name another path"));
    }
    for (Path file : files) {
      reader.readFile(file);
    }
    return reader.finish(published, dialects);
  }

  /**
   * Reads and checks texts.
   *
   * @param texts contents by the name that problems call them
   * @param published what the control topics hold already, so that a text may refer to it
   * @param dialects what dispatchers speak; empty where nobody here knows, and any is taken
   * @throws InvalidControlException with every problem of every text
   */
  public static ControlSet readTexts(
      Map<String, String> texts, ControlSet published, List<String> dialects)
      throws InvalidControlException {
    ControlReader reader = new ControlReader();
    texts.forEach((name, text) -> reader.readText(name, new StringReader(text)));
    return reader.finish(published, dialects);
  }

  /**
   * The only policy of what was read.
   *
   * @param name of the file, or of what else was read
   * @throws InvalidControlException where there are several, or none
   */
  public static PolicyBundle onlyPolicy(String name, ControlSet read)
      throws InvalidControlException {
    int count = read.policies().size();
    if (count != 1) {
      throw new InvalidControlException(
          List.of(
              new Problem(
                  name,
                  0,
                  "%d policies are in it; one is needed".formatted(count),
                  "keep one entry under 'policies'")));
    }
    return read.policies().get(0);
  }

  private static List<Path> files(Path path) throws IOException {
    if (!Files.isDirectory(path)) {
      return List.of(path);
    }
    try (Stream<Path> entries = Files.list(path)) {
      return entries
          .filter(Files::isRegularFile)
          .filter(file -> file.toString().endsWith(".yaml") || file.toString().endsWith(".yml"))
          .sorted()
          .toList();
    }
  }

  private void readFile(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    try {
      String text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
      readText(file.toString(), new StringReader(text));
    } catch (CharacterCodingException e) {
      places.problem(
          new Problem(file.toString(), 0, "the file is not UTF-8 text", "save it as UTF-8"));
    }
  }

  private void readText(String file, Reader text) {
    try {
      boolean any = false;
      for (Node document : new Yaml(new LoaderOptions()).composeAll(text)) {
        readDocument(file, document);
        any = true;
      }
      if (!any) {
        places.problem(
            new Problem(file, 0, "the file holds nothing", "write one of the lists " + SECTIONS));
      }
    } catch (MarkedYAMLException e) {
      int line = e.getProblemMark() == null ? 0 : e.getProblemMark().getLine() + 1;
      places.problem(
          new Problem(
              file,
              line,
              "not YAML: " + e.getProblem(),
              "mend the line; nothing after it was read"));
    } catch (YAMLException e) {
      places.problem(new Problem(file, 0, "not YAML: " + e.getMessage(), "mend the file"));
    }
  }

  private void readDocument(String file, Node document) {
    RecordReader reader = new RecordReader(file, places);
    for (Map.Entry<String, NodeTuple> section : reader.entries(document, "the file").entrySet()) {
      Node value = section.getValue().getValueNode();
      switch (section.getKey()) {
        case "tenants" -> readList(reader, file, section.getKey(), value, Tenant.class, tenants);
        case "offerings" ->
            readList(reader, file, section.getKey(), value, Offering.class, offerings);
        case "policies" ->
            readList(reader, file, section.getKey(), value, PolicyBundle.class, policies);
        case "prices" -> readList(reader, file, section.getKey(), value, Price.class, prices);
        case "currencies" ->
            readList(reader, file, section.getKey(), value, CurrencyRate.class, currencies);
        case "exemptions" ->
            readList(reader, file, section.getKey(), value, AbuseExemption.class, exemptions);
        default ->
            places.problem(
                file,
                section.getValue().getKeyNode(),
                "the file has the unknown key '%s'".formatted(section.getKey()),
                "use one of " + SECTIONS);
      }
    }
  }

  private <T extends SpecificRecord> void readList(
      RecordReader reader, String file, String name, Node value, Class<T> type, List<T> into) {
    if (!(value instanceof SequenceNode sequence)) {
      places.problem(
          file, value, "'%s' is not a list".formatted(name), "begin each entry with '- id: …'");
      return;
    }
    for (Node item : sequence.getValue()) {
      reader.read(item, type).ifPresent(into::add);
    }
  }

  private ControlSet finish(ControlSet published, List<String> dialects)
      throws InvalidControlException {
    prices.forEach(Versions::identify);
    currencies.forEach(Versions::identify);
    ControlSet read = new ControlSet(tenants, offerings, policies, prices, currencies, exemptions);
    // References into records that could not be read would only repeat the first problem.
    boolean whole = places.count() == 0;
    new ControlChecks(places, dialects).check(read, published, whole);
    if (places.count() > 0) {
      throw new InvalidControlException(places.problems());
    }
    prices.forEach(Versions::complete);
    policies.forEach(Versions::complete);
    return read;
  }
}
