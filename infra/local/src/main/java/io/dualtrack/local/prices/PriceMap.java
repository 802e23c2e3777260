package io.dualtrack.local.prices;

import java.io.IOException;
import java.io.Reader;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.regex.Pattern;
import org.yaml.snakeyaml.LoaderOptions;
import org.yaml.snakeyaml.Yaml;
import org.yaml.snakeyaml.error.YAMLException;
import org.yaml.snakeyaml.nodes.MappingNode;
import org.yaml.snakeyaml.nodes.Node;
import org.yaml.snakeyaml.nodes.NodeTuple;
import org.yaml.snakeyaml.nodes.ScalarNode;

/**
 * A file that says where prices stand, for offerings without a price reference: {@code OFFERING:
 * KEY}, or {@code OFFERING: {key: KEY, uplift: 1.1, factor: 3}}. Numbers are taken by their text.
 */
public final class PriceMap {

  private static final Pattern FACTOR = Pattern.compile("\\d{1,6}(\\.\\d{1,12})?");

  private PriceMap() {}

  /**
   * Sources by offering.
   *
   * @throws IOException if the file cannot be read or is no such map; the message says where
   */
  public static Map<String, PriceSource> read(Path file) throws IOException {
    Map<String, PriceSource> sources = new LinkedHashMap<>();
    try (Reader text = Files.newBufferedReader(file)) {
      if (!(new Yaml(new LoaderOptions()).compose(text) instanceof MappingNode root)) {
        throw new IOException("it is not a map; write lines OFFERING: KEY");
      }
      for (NodeTuple entry : root.getValue()) {
        String offering = scalar(entry.getKeyNode());
        if (sources.putIfAbsent(offering, source(entry.getValueNode())) != null) {
          throw new IOException(
              "line %d: %s is there twice; keep one".formatted(line(entry.getKeyNode()), offering));
        }
      }
    } catch (YAMLException e) {
      throw new IOException("it is not YAML: " + e.getMessage().lines().findFirst().orElse(""), e);
    }
    return sources;
  }

  private static PriceSource source(Node node) throws IOException {
    if (node instanceof ScalarNode) {
      return new PriceSource(scalar(node), BigDecimal.ONE, BigDecimal.ONE);
    }
    if (!(node instanceof MappingNode fields)) {
      throw new IOException(
          "line %d: write the key, or {key: …, uplift: …, factor: …}".formatted(line(node)));
    }
    String key = "";
    BigDecimal uplift = BigDecimal.ONE;
    BigDecimal factor = BigDecimal.ONE;
    for (NodeTuple field : fields.getValue()) {
      switch (scalar(field.getKeyNode())) {
        case "key" -> key = scalar(field.getValueNode());
        case "uplift" -> uplift = factor(field.getValueNode());
        case "factor" -> factor = factor(field.getValueNode());
        default ->
            throw new IOException(
                "line %d: the unknown key '%s'; use key, uplift and factor"
                    .formatted(line(field.getKeyNode()), scalar(field.getKeyNode())));
      }
    }
    if (key.isEmpty()) {
      throw new IOException("line %d: no key; add key: …".formatted(line(node)));
    }
    return new PriceSource(key, uplift, factor);
  }

  private static BigDecimal factor(Node node) throws IOException {
    String text = scalar(node);
    if (!FACTOR.matcher(text).matches()) {
      throw new IOException("line %d: '%s' is no factor".formatted(line(node), text));
    }
    return new BigDecimal(text);
  }

  private static String scalar(Node node) throws IOException {
    if (node instanceof ScalarNode scalar) {
      return scalar.getValue();
    }
    throw new IOException("line %d: a plain text is expected".formatted(line(node)));
  }

  private static int line(Node node) {
    return node.getStartMark().getLine() + 1;
  }
}
