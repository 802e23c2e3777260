package io.dualtrack.bench.abuse;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.random.RandomGenerator;

/** How real clients of a language model service spread their work, from the ServeGen traces. */
final class ClientShapes {

  private static final String RESOURCE = "clients.csv";
  private static final double MOST = 50;

  /**
   * @param volume exchanges a day beside those of the median client
   * @param hours hours of a day that it works in
   * @param variation coefficient of variation of the gaps between exchanges
   */
  private record Shape(double volume, double hours, double variation) {}

  private final List<Shape> all;

  ClientShapes() throws IOException {
    try (InputStream in = ClientShapes.class.getResourceAsStream(RESOURCE);
        BufferedReader lines =
            new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8))) {
      this.all =
          lines.lines().filter(line -> !line.startsWith("#")).map(ClientShapes::parse).toList();
    }
  }

  private static Shape parse(String line) {
    String[] cells = line.split(",", -1);
    return new Shape(
        Math.min(MOST, Double.parseDouble(cells[0])),
        Double.parseDouble(cells[1]),
        Double.parseDouble(cells[2]));
  }

  /**
   * The rhythm of some real client.
   *
   * @param median exchanges a day of the median client
   */
  Rhythm any(double median, RandomGenerator random) {
    Shape shape = all.get(random.nextInt(all.size()));
    return new Rhythm.Client(
        Math.max(1, median * shape.volume()),
        random.nextDouble() * 24,
        shape.hours(),
        shape.variation());
  }
}
