package io.dualtrack.sandbox;

import java.util.Optional;
import java.util.SplittableRandom;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Problems of which the sandbox knows the answer, so that it can be as often right as it is told to
 * be. Which ones it gets right depends on model and prompt alone, and two models that are wrong say
 * different numbers.
 */
final class WordProblems {

  private static final Pattern SUM =
      Pattern.compile("What is ([0-9]{1,9}(?: \\+ [0-9]{1,9}){1,20})\\?\\s*$");
  private static final int OFFSETS = 1_000;

  private WordProblems() {}

  /**
   * @param accuracy share that is solved rightly; with 0 none is tried
   * @return in the form of GSM8K's answers
   */
  static Optional<String> solve(String model, String prompt, double accuracy) {
    Matcher sum = SUM.matcher(prompt);
    if (accuracy == 0 || !sum.find()) {
      return Optional.empty();
    }
    long answer = 0;
    for (String part : sum.group(1).split(" \\+ ")) {
      answer += Long.parseLong(part);
    }
    long seed = 31L * model.hashCode() + prompt.hashCode();
    boolean right = new SplittableRandom(seed).nextDouble() < accuracy;
    long given = right ? answer : answer + 1 + Math.floorMod(model.hashCode(), OFFSETS);
    return Optional.of("The parts add up to " + given + ".\n#### " + given);
  }
}
