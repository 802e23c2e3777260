package io.dualtrack.bodies;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.dualtrack.schemas.Features;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FeatureExtractorTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private final FeatureExtractor extractor = extractor("a secret of enough bytes");

  @Test
  void theMinimaEstimateHowMuchTwoTextsShare() {
    StringBuilder first = new StringBuilder();
    StringBuilder second = new StringBuilder();
    for (int i = 0; i < 400; i++) {
      first.append("word").append(i).append(' ');
      second.append("word").append(i < 200 ? i : i + 1_000).append(' ');
    }
    // 198 grams of 3 words are shared, of 398 + 398 - 198 in all.
    assertThat(similarity(features(first.toString()), features(second.toString())))
        .isCloseTo(198.0 / 598, Offset.offset(0.15));
    assertThat(similarity(features(first.toString()), features(first.toString()))).isEqualTo(1);
  }

  @Test
  void aTemplatesGapsDoNotChangeItsSkeleton() {
    Features one = features("Give me 12 steps to build \"a red house\" in python please");
    Features other =
        features("give me 7 steps to build \"an old and huge mill\" in Python, please");
    assertThat(one.getSkeletonPrefix()).isEqualTo(other.getSkeletonPrefix());
    assertThat(one.getSkeletonSuffix()).isEqualTo(other.getSkeletonSuffix());
    assertThat(features("give me 7 pictures of mills").getSkeletonPrefix())
        .isNotEqualTo(one.getSkeletonPrefix());
  }

  @Test
  void anotherSecretGivesOtherHashes() {
    Features one = features("the same text");
    Features other = extractor("another secret, long enough").extract(body("the same text"));
    assertThat(one.getMinHash()).isNotEqualTo(other.getMinHash());
    assertThat(one.getSkeletonPrefix()).isNotEqualTo(other.getSkeletonPrefix());
  }

  @Test
  void aTextWithoutWordsHasNoMinima() {
    assertThat(features("...!").getMinHash().remaining()).isZero();
    assertThat(features("one").getMinHash().remaining()).isEqualTo(256);
  }

  @Test
  void ofAHugeTextBothEndsCount() {
    String middle = "x ".repeat(100_000);
    Features one = features("begin " + middle + "end of it all");
    assertThat(one.getSkeletonSuffix())
        .isNotEqualTo(features("begin " + middle + "another end").getSkeletonSuffix());
    assertThat(one.getSkeletonPrefix())
        .isNotEqualTo(features("start " + middle + "end of it all").getSkeletonPrefix());
  }

  @Test
  void theUsersTextCountsAndNotTheSystemPromptThatManyShare() throws Exception {
    ObjectNode with =
        (ObjectNode)
            JSON.readTree(
                "{\"messages\":[{\"role\":\"system\",\"content\":\"be brief\"},"
                    + "{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello there my friend\"}]}]}");
    assertThat(extractor.extract(with).getMinHash())
        .isEqualTo(features("hello there my friend").getMinHash());
    ObjectNode embedding = (ObjectNode) JSON.readTree("{\"input\":[\"hello there my friend\"]}");
    assertThat(extractor.extract(embedding).getMinHash())
        .isEqualTo(features("hello there my friend").getMinHash());
  }

  @Test
  void capabilitiesAreTagged() throws Exception {
    assertThat(features("Write a python function").getCapabilities()).containsExactly("coding");
    assertThat(features("How many apples are left? Explain.").getCapabilities())
        .containsExactly("reasoning");
    assertThat(features("A poem about the sea").getCapabilities()).containsExactly("other");
    ObjectNode tools =
        (ObjectNode) JSON.readTree("{\"messages\":[],\"tools\":[{\"type\":\"function\"}]}");
    assertThat(extractor.extract(tools).getCapabilities()).containsExactly("agentic");
  }

  @Test
  void theSecretOfAFolderStaysTheSame(@TempDir Path folder) throws Exception {
    byte[] first = FeatureSecret.ofFolder(folder);
    assertThat(first).hasSize(32).isEqualTo(FeatureSecret.ofFolder(folder));
    try (var files = Files.list(folder)) {
      assertThat(files).hasSize(1);
    }
  }

  private Features features(String text) {
    return extractor.extract(body(text));
  }

  private static ObjectNode body(String text) {
    ObjectNode body = JSON.createObjectNode();
    body.putArray("messages").addObject().put("role", "user").put("content", text);
    return body;
  }

  private static FeatureExtractor extractor(String secret) {
    return new FeatureExtractor(secret.getBytes(StandardCharsets.UTF_8), 1);
  }

  private static double similarity(Features one, Features other) {
    ByteBuffer left = one.getMinHash().duplicate();
    ByteBuffer right = other.getMinHash().duplicate();
    int equal = 0;
    while (left.hasRemaining()) {
      equal += left.getInt() == right.getInt() ? 1 : 0;
    }
    return equal / 64.0;
  }
}
