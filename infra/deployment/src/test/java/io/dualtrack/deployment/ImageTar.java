package io.dualtrack.deployment;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedInputStream;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.zip.GZIPInputStream;
import org.apache.commons.compress.archivers.tar.TarArchiveEntry;
import org.apache.commons.compress.archivers.tar.TarArchiveInputStream;

/**
 * An image as {@code docker load} takes it.
 *
 * @param names with their tags
 * @param config of the container: entrypoint, user and the like
 * @param root its files, unpacked
 */
record ImageTar(JsonNode names, JsonNode config, Path root) {

  /** Unpacks an image's layers, each over the ones before. */
  static ImageTar unpack(Path file, Path root) throws IOException {
    Map<String, byte[]> entries = new HashMap<>();
    try (TarArchiveInputStream tar =
        new TarArchiveInputStream(new BufferedInputStream(Files.newInputStream(file)))) {
      for (TarArchiveEntry each = tar.getNextEntry(); each != null; each = tar.getNextEntry()) {
        entries.put(each.getName(), tar.readAllBytes());
      }
    }
    ObjectMapper json = new ObjectMapper();
    JsonNode manifest = json.readTree(entries.get("manifest.json")).get(0);
    for (JsonNode layer : manifest.get("Layers")) {
      unpack(new ByteArrayInputStream(entries.get(layer.asText())), root);
    }
    JsonNode config = json.readTree(entries.get(manifest.get("Config").asText())).get("config");
    return new ImageTar(manifest.get("RepoTags"), config, root);
  }

  private static void unpack(InputStream layer, Path root) throws IOException {
    try (TarArchiveInputStream tar = new TarArchiveInputStream(new GZIPInputStream(layer))) {
      for (TarArchiveEntry each = tar.getNextEntry(); each != null; each = tar.getNextEntry()) {
        Path target = root.resolve(each.getName()).normalize();
        if (!target.startsWith(root)) {
          throw new IOException("a layer has a file outside of the image: " + each.getName());
        }
        if (each.isDirectory()) {
          Files.createDirectories(target);
        } else {
          Files.createDirectories(target.getParent());
          Files.write(target, tar.readAllBytes());
        }
      }
    }
  }
}
