package io.dualtrack.bench.abuse;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * What an account of a made log is in truth: a line of the labels' file.
 *
 * @param kind of honest account, or the campaign's name
 * @param organisation whom the account belongs to
 * @param hidden whether it belongs to a campaign
 */
record Truth(String account, String kind, String organisation, boolean hidden) {

  private static final ObjectMapper JSON = new ObjectMapper();

  static void write(List<Member> members, Writer out) throws IOException {
    for (Member member : members) {
      out.write(JSON.writeValueAsString(of(member)));
      out.write('\n');
    }
  }

  static Truth of(Member member) {
    return new Truth(
        member.identity().account(), member.kind(), member.organisation(), member.hidden());
  }

  /** By account. */
  static Map<String, Truth> read(Path labels) throws IOException {
    Map<String, Truth> truths = new HashMap<>();
    try (BufferedReader lines = Files.newBufferedReader(labels)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        Truth truth = JSON.readValue(line, Truth.class);
        truths.put(truth.account(), truth);
      }
    }
    return truths;
  }
}
