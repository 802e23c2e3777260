package io.dualtrack.bodies;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.hash.Hashing;
import io.dualtrack.schemas.Features;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.assertj.core.data.Offset;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FeatureExtractorTest {

  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String PLANTS =
      "Explain how photosynthesis turns sunlight, water and carbon dioxide into sugar, and what"
          + " chlorophyll does in the leaves of plants.";

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
    assertThat(one.getVector()).isNotEqualTo(other.getVector());
    String six = "six words that make one run";
    assertThat(features(six).getShingles())
        .hasSize(1)
        .isNotEqualTo(extractor("another secret, long enough").extract(body(six)).getShingles());
    assertThat(extractor.extract(body(six, six)).getSystemPrefix())
        .isNotEqualTo(
            extractor("another secret, long enough").extract(body(six, six)).getSystemPrefix());
  }

  /** Profiles of accounts were made with them, and a campaign is longer than a release. */
  @Test
  void featuresOfATextAreThoseOfEarlierReleases() {
    Features features =
        extractor.extract(
            body(
                "You are a careful teacher of mathematics.",
                "Explain step by step how 12 apples \"of the red sort\" are shared among 5"
                    + " children; show each calculation, then write a Python function for it."
                    + " Größe, 数学 und Ωmega zählen auch."));
    assertThat(features.getSkeletonPrefix()).isEqualTo(-1643283101308460608L);
    assertThat(features.getSkeletonSuffix()).isEqualTo(1532353015894158867L);
    assertThat(features.getShingles())
        .containsExactly(
            -3811858407745351269L,
            1308007138556107287L,
            -6360437089431119849L,
            -8802506405849693306L,
            7017195162446448858L,
            7537070618612402336L,
            1994847021726595348L,
            -4124590810086397349L);
    assertThat(features.getCapabilities()).containsExactly("coding", "reasoning");
    assertThat(sha256(features.getMinHash()))
        .isEqualTo("af3d3482218ec375fd8c0cb3375e5b66c65c187f3c3877e1a2856f93a07d5a2c");
    assertThat(sha256(features.getVector()))
        .isEqualTo("35f5ba057e13c53be9ea27caeb5649950224e7f222c10530e98814c8faeb4ea5");
  }

  private static String sha256(ByteBuffer bytes) {
    return Hashing.sha256().hashBytes(bytes.duplicate()).toString();
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
                "{\"messages\":[{\"role\":\"system\",\"content\":\"be"
                    + " brief\"},{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hello"
                    + " there my friend\"}]}]}");
    assertThat(extractor.extract(with).getMinHash())
        .isEqualTo(features("hello there my friend").getMinHash());
    ObjectNode embedding = (ObjectNode) JSON.readTree("{\"input\":[\"hello there my friend\"]}");
    assertThat(extractor.extract(embedding).getMinHash())
        .isEqualTo(features("hello there my friend").getMinHash());
  }

  @Test
  void whatOnlyTheOperatorSaysIsNoTextOfTheUsers() throws Exception {
    ObjectNode alone =
        (ObjectNode)
            JSON.readTree(
                "{\"messages\":[{\"role\":\"system\",\"content\":\"Think step by step in python"
                    + " code\"}]}");
    Features features = extractor.extract(alone);
    assertThat(features.getWords()).isZero();
    assertThat(features.getMinHash().remaining()).isZero();
    assertThat(features.getVector().remaining()).isZero();
    assertThat(features.getShingles()).isEmpty();
    assertThat(features.getElicitsReasoning()).isFalse();
    assertThat(features.getCapabilities()).containsExactly("other");
    assertThat(features.getSystemPrefix()).isNotZero();
  }

  @Test
  void aSystemPromptIsKnownByItsBeginning() {
    String agent = "You are a coding agent that runs in the terminal of user 7. Read files first.";
    long one = extractor.extract(body(agent + " Be brief.", "Fix it")).getSystemPrefix();
    assertThat(extractor.extract(body(agent + " Work on.", "Break it")).getSystemPrefix())
        .isEqualTo(one);
    assertThat(extractor.extract(body("You grade essays.", "Fix it")).getSystemPrefix())
        .isNotEqualTo(one);
    assertThat(features("Fix it").getSystemPrefix()).isZero();
    assertThat(extractor.extract(body(agent + " Be brief.", agent)).getSkeletonPrefix())
        .as("one text has one prefix, wherever it stands")
        .isEqualTo(one);
  }

  @Test
  void textsOfOneTemplateChooseItsRunsAlikeWhereverItStands() {
    String template =
        "Work the exercise out in full, with every side calculation that leads to the result, and"
            + " close with one line that holds the result alone.";
    List<Long> first = features(template + " " + task(1)).getShingles();
    List<Long> second = features(task(2) + " " + template).getShingles();
    assertThat(first).hasSize(8).doesNotHaveDuplicates();
    assertThat(first).as("shared by both").containsAnyElementsOf(second);
    assertThat(features(task(3)).getShingles()).doesNotContainAnyElementsOf(first);
    assertThat(features("too short for a run").getShingles()).isEmpty();
  }

  @Test
  void textsAboutTheSameAreNearEachOtherThoughWordedDifferently() {
    Features one = features(PLANTS);
    Features same =
        features(
            "What is the role of chlorophyll when plants make sugar from carbon dioxide and water"
                + " with sunlight? Describe photosynthesis in leaves.");
    Features other =
        features(
            "Write a python function that parses the log of a web server and returns the ten"
                + " addresses with the most requests as a sorted list.");
    assertThat(cosine(one, one)).isCloseTo(1, Offset.offset(0.02));
    assertThat(cosine(one, same)).isGreaterThan(0.35);
    assertThat(cosine(one, other)).isLessThan(0.2);
    assertThat(
            Math.abs(cosine(one, extractor("another secret, long enough").extract(body(PLANTS)))))
        .as("under another secret the same text is anywhere")
        .isLessThan(0.35);
  }

  @ParameterizedTest
  @CsvSource({
    "en, 'How many apples are left when she gives three of them to her brother?'",
    "de, 'Wie viele Äpfel bleiben übrig, wenn sie ihrem Bruder drei davon gibt?'",
    "fr, 'Combien de pommes reste-t-il si elle en donne trois à son frère ?'",
    "es, '¿Cuántas manzanas quedan si le da tres de ellas a su hermano pequeño?'",
    "ru, 'Сколько яблок останется, если она отдаст три из них своему брату?'",
    "uk, 'Скільки яблук залишиться, якщо вона віддасть три з них своєму братові?'",
    "zh, 如果她给弟弟三个苹果，还剩下多少个？",
    "ja, 彼女が弟に三つあげたら、りんごはいくつ残りますか。",
    "ko, 동생에게 사과 세 개를 주면 몇 개가 남습니까?",
    "ar, كم تفاحة تبقى إذا أعطت أخاها ثلاث تفاحات منها؟",
    "vi, 'Còn lại bao nhiêu quả táo nếu cô ấy cho em trai ba quả?'",
    "hi, अगर वह अपने भाई को तीन सेब देती है तो कितने बचेंगे?",
    "und, 'x = 3 ?'"
  })
  void theLanguageIsTold(String language, String text) {
    assertThat(features(text).getLanguage()).isEqualTo(language);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Think step by step, then answer.",
        "Solve it. Show your\nreasoning!",
        "Löse die Aufgabe Schritt für Schritt.",
        "Explique ton raisonnement avant la réponse.",
        "Resuélvelo paso a paso.",
        "Реши задачу шаг за шагом.",
        "请一步一步地推理。",
        "順を追って説明してください。",
        "단계별로 풀어 주세요.",
        "اشرح الحل خطوة بخطوة"
      })
  void whoAsksForTheReasoningItselfIsSeenInManyLanguages(String text) {
    assertThat(features(text).getElicitsReasoning()).isTrue();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "How many steps has the stair? Think of a number.",
        "Which first principles of design apply?",
        "Beschreibe den ersten Schritt.",
        "这一步怎么走？"
      })
  void wordsOfThatKindAloneDoNotAskForIt(String text) {
    assertThat(features(text).getElicitsReasoning()).isFalse();
  }

  @Test
  void ofAMegabyteNoMoreIsKeptThanOfAPage() {
    StringBuilder text = new StringBuilder();
    for (int i = 0; text.length() < 1_000_000; i++) {
      text.append("word").append((char) ('a' + i % 26)).append(i * 7919 % 10_007).append(' ');
    }
    Features features = features(text.toString());
    assertThat(features.getWords()).isBetween(1_000, Conversation.MAX_CHARS);
    assertThat(features.getShingles()).hasSizeLessThanOrEqualTo(8);
    assertThat(features.getVector().remaining()).isEqualTo(128);
    assertThat(features.getMinHash().remaining()).isEqualTo(256);
  }

  @Test
  void noWordOfATextIsInItsFeatures() {
    Features features =
        extractor.extract(body("canarysystem 5f21", "canaryuser 7c3e step by step"));
    assertThat(features.toString()).doesNotContain("canary").doesNotContain("7c3e");
    String bytes =
        new String(features.getMinHash().array(), StandardCharsets.ISO_8859_1)
            + new String(features.getVector().array(), StandardCharsets.ISO_8859_1);
    assertThat(bytes).doesNotContain("canary");
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

  private Features features(String text) {
    return extractor.extract(body(text));
  }

  private static ObjectNode body(String text) {
    ObjectNode body = JSON.createObjectNode();
    body.putArray("messages").addObject().put("role", "user").put("content", text);
    return body;
  }

  private static ObjectNode body(String system, String text) {
    ObjectNode body = JSON.createObjectNode();
    body.putArray("messages").addObject().put("role", "system").put("content", system);
    ((ArrayNode) body.get("messages")).addObject().put("role", "user").put("content", text);
    return body;
  }

  /** Some eighty words that no other number has. */
  private static String task(int number) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < 80; i++) {
      text.append("w")
          .append((char) ('a' + i % 26))
          .append(number)
          .append('x')
          .append(i)
          .append(' ');
    }
    return text.toString();
  }

  private static double cosine(Features one, Features other) {
    double dot = 0;
    double left = 0;
    double right = 0;
    for (int i = 0; i < 128; i++) {
      int a = one.getVector().get(i);
      int b = other.getVector().get(i);
      dot += a * b;
      left += a * a;
      right += b * b;
    }
    return dot / Math.sqrt(left * right);
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
