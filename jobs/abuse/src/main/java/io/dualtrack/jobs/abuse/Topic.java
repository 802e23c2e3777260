package io.dualtrack.jobs.abuse;

import java.util.List;

/**
 * S2: how far the members' texts are from everybody's, and how near one member's are to them:
 * Fisher's linear discriminant along the line between the two means.
 */
final class Topic {

  private static final int LEAST = 3;
  private static final long POPULATION_PER_MEMBER = 10;
  private static final double LEAST_EVIDENCE = -2;

  private final double[] everybody;

  /** From everybody's mean to the members'. */
  private final double[] line;

  private double squared;
  private double probability = 1;
  private double scatter = 1;

  private Topic(double[] everybody) {
    this.everybody = everybody;
    this.line = new double[everybody.length];
  }

  /** Null where too few texts are known, of the members or of everybody. */
  static Topic of(List<Portrait> members, Population population) {
    Topic topic = new Topic(population.mean());
    int known = 0;
    for (Portrait member : members) {
      if (topic.isComparable(member)) {
        known++;
        topic.addToLine(member);
      }
    }
    if (known < LEAST || population.vectors() < POPULATION_PER_MEMBER * known) {
      return null;
    }
    for (int i = 0; i < topic.line.length; i++) {
      topic.line[i] /= known;
    }
    topic.weigh(members, known, population);
    return topic;
  }

  private void addToLine(Portrait member) {
    for (int i = 0; i < line.length; i++) {
      line[i] += member.mean[i] - everybody[i];
    }
  }

  private void weigh(List<Portrait> members, int known, Population population) {
    squared = squaredLength();
    double variance = population.variance();
    int directions = population.directions();
    probability = Chance.ofDistance(squared, variance, known, directions);
    double sum = 0;
    for (Portrait member : members) {
      if (isComparable(member)) {
        double off = along(member) - squared;
        sum += off * off;
      }
    }
    scatter = Math.max(squared * variance / (2 * directions), sum / known);
  }

  private boolean isComparable(Portrait member) {
    return member.mean.length == line.length;
  }

  private double squaredLength() {
    double squared = 0;
    for (double each : line) {
      squared += each * each;
    }
    return squared;
  }

  private double along(Portrait member) {
    double sum = 0;
    for (int i = 0; i < line.length; i++) {
      sum += (member.mean[i] - everybody[i]) * line[i];
    }
    return sum;
  }

  /** That chance brings the members' texts so far from everybody's. */
  double probability() {
    return probability;
  }

  /** Logarithm of how much likelier the member's texts are among the members' than outside. */
  double evidence(Portrait member) {
    if (!isComparable(member)) {
      return 0;
    }
    return Math.max(LEAST_EVIDENCE, squared * (along(member) - squared / 2) / scatter);
  }
}
