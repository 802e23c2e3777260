package io.dualtrack.bench.abuse;

import io.dualtrack.bench.abuse.Member.Utterance;
import io.dualtrack.bench.abuse.Member.Voice;
import java.util.ArrayList;
import java.util.List;
import java.util.random.RandomGenerator;

/** What kinds of accounts ask. */
final class Voices {

  private static final String NEW_MODEL = "gpt-5.6-sol";
  private static final List<String> OTHER_MODELS =
      List.of("gpt-5.6-terra", "gpt-5.6-luna", "claude-fable-5", "claude-opus-4.8");

  /** Most people try the newest model, and some of a campaign's work is for another one. */
  private static final double NEWEST = 0.7;

  /** Into so many sheets a teacher would cut all exercises. */
  private static final int SHEETS = 30;

  private static final List<String> TOOLS = List.of("read_file", "write_file", "run_tests");

  private static final String AGENT =
      """
      You are a coding agent that runs in the user's terminal. Read files before you change them. \
      Make the smallest change that solves the task. Run the tests after each change and read \
      their output. Never delete what you did not make. Say what you did in two sentences.\
      """;

  private final World world;

  Voices(World world) {
    this.world = world;
  }

  /** Somebody with questions of their own, in their own words. */
  Voice chat() {
    String model = anyModel();
    Grammar grammar = Grammar.chat(world.family);
    return (at, random) ->
        plain(
            model,
            null,
            Grammar.filled(grammar.wording(random), withContext(random)),
            turn(random),
            random);
  }

  /** One account through which many people ask: each in a language and a program of their own. */
  Voice relayed(int people) {
    List<Voice> all = new ArrayList<>();
    for (int i = 0; i < people; i++) {
      Voice one =
          i % 3 == 0 ? chat() : inLanguage(Grammar.LANGUAGES.get(i % Grammar.LANGUAGES.size()));
      String system = i % 2 == 0 ? null : Grammar.program(i);
      all.add(
          (at, random) -> {
            Utterance said = one.say(at, random);
            return new Utterance(
                said.model(),
                system,
                said.prompt(),
                said.tools(),
                said.turn(),
                said.answerTokens());
          });
    }
    return (at, random) -> all.get(random.nextInt(all.size())).say(at, random);
  }

  /** Somebody who asks in another language than English. */
  Voice inLanguage(String language) {
    String model = anyModel();
    Grammar grammar = Grammar.foreign(language);
    return (at, random) ->
        plain(
            model,
            null,
            Grammar.filled(grammar.wording(random), world.texts.any(random)),
            turn(random),
            random);
  }

  /** What is asked, and often something that was pasted before it. */
  private String withContext(RandomGenerator random) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(2); i > 0; i--) {
      text.append(world.texts.any(random)).append("\n\n");
    }
    return text.append(world.texts.any(random)).toString();
  }

  /** One template over everything, as a company's own program has it. */
  Voice business() {
    String template = Grammar.business(world.family).wording(world.random);
    String model = anyModel();
    return (at, random) ->
        plain(model, null, Grammar.filled(template, world.texts.any(random)), 1, random);
  }

  /** A benchmark's questions as they are, under one instruction. */
  Voice evaluation() {
    String model = anyModel();
    return (at, random) ->
        plain(
            model,
            "Answer with the letter or the number only.",
            world.texts.any(random),
            1,
            random);
  }

  /** The same few hundred tasks over and over, for their differing answers. */
  Voice rollouts() {
    int part = world.random.nextInt(40);
    return (at, random) ->
        plain(
            NEW_MODEL,
            null,
            "Solve the task. Think first.\n" + world.texts.ofPart(part, 40, random),
            1,
            random);
  }

  /** Exercises that a teacher handed out, in the teacher's words. */
  Voice sheet() {
    int part = world.random.nextInt(SHEETS);
    String model = anyModel();
    String words = Grammar.business(world.family).wording(world.random);
    return (at, random) ->
        plain(
            model,
            null,
            Grammar.filled(words, world.texts.ofPart(part, SHEETS, random)),
            1,
            random);
  }

  /** A public agent: everybody who uses it has the same long system message and the same tools. */
  Voice agent() {
    String model = anyModel();
    return (at, random) ->
        new Utterance(
            model, AGENT, world.texts.any(random), TOOLS, 1 + random.nextInt(20), tokens(random));
  }

  /** One template, over texts that no other account of the group has. */
  Voice templated(String template, int part, int of) {
    return (at, random) ->
        plain(
            anyModel(random),
            null,
            Grammar.filled(template, world.texts.ofPart(part, of, random)),
            turn(random),
            random);
  }

  /** The same with another wording in each exchange. */
  Voice paraphrased(int part, int of) {
    Grammar grammar = Grammar.extraction(world.family);
    return (at, random) ->
        plain(
            anyModel(random),
            null,
            Grammar.filled(grammar.wording(random), world.texts.ofPart(part, of, random)),
            turn(random),
            random);
  }

  /** The bare tasks: nothing is shared but what they are about. */
  Voice bare(int part, int of) {
    return (at, random) ->
        plain(anyModel(random), null, world.texts.ofPart(part, of, random), turn(random), random);
  }

  /** Now this, now that. */
  static Voice mixed(Voice cover, Voice hidden, double coverShare) {
    return (at, random) ->
        random.nextDouble() < coverShare ? cover.say(at, random) : hidden.say(at, random);
  }

  private String anyModel() {
    return anyModel(world.random);
  }

  private static String anyModel(RandomGenerator random) {
    return random.nextDouble() < NEWEST
        ? NEW_MODEL
        : OTHER_MODELS.get(random.nextInt(OTHER_MODELS.size()));
  }

  /** Most conversations are short. */
  private static int turn(RandomGenerator random) {
    return 1 + (int) (random.nextExponential() * 0.7);
  }

  private static Utterance plain(
      String model, String system, String prompt, int turn, RandomGenerator random) {
    return new Utterance(model, system, prompt, List.of(), turn, tokens(random));
  }

  /** Lognormal, as answers of real services are: median 180. */
  private static int tokens(RandomGenerator random) {
    return (int) Math.min(8_000, Math.exp(5.2 + 0.9 * random.nextGaussian()));
  }
}
