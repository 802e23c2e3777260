package io.dualtrack.jobs.abuse;

/** How likely it is that something came about by chance. */
final class Chance {

  private Chance() {}

  /**
   * Upper bound of the probability that of {@code n} accounts {@code k} or more have what each has
   * with probability {@code f}: exp(-n·KL(k/n ‖ f)), Chernoff's bound, which errs to the safe side.
   */
  static double ofAtLeast(int k, int n, double f) {
    double share = (double) k / n;
    if (share <= f) {
      return 1;
    }
    double divergence = share * Math.log(share / f);
    if (share < 1) {
      divergence += (1 - share) * Math.log((1 - share) / (1 - f));
    }
    return Math.exp(-n * divergence);
  }

  /**
   * Upper bound of the probability that the mean of {@code n} random vectors is so far off: the
   * squared distance times n over the variance is 1 on average; with few independent directions
   * ({@code directions}) it scatters most. Laurent and Massart 2000, lemma 1, solved for the bound.
   */
  static double ofDistance(double squaredDistance, double variance, int n, int directions) {
    double excess = n * squaredDistance / variance - 1;
    if (excess <= 0) {
      return 1;
    }
    // excess = 2·sqrt(x/d) + 2·x/d with d directions; x is the negative logarithm of the bound.
    double root = (-1 + Math.sqrt(1 + 2 * excess)) / 2;
    return Math.exp(-directions * root * root);
  }
}
