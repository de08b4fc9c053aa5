// Medians and ratios of what was measured in turns.

/** The quantile `p` of the values, interpolated. */
export function quantile(values, p) {
  const sorted = [...values].sort((a, b) => a - b);
  const at = (sorted.length - 1) * p;
  const below = sorted[Math.floor(at)];
  return below + (at - Math.floor(at)) * (sorted[Math.ceil(at)] - below);
}

export const median = (values) => quantile(values, 0.5);
export const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/**
 * Ratio of two peers measured in rounds: the median over rounds of (median of one's block / median of the other's), since
 * what slows the machine for a while slows both blocks of a round; with the range of the middle half of the rounds.
 */
export function ratioOfRounds(own, others) {
  const ratios = own.map((block, i) => median(block) / median(others[i]));
  return {
    value: median(ratios),
    low: quantile(ratios, 0.25),
    high: quantile(ratios, 0.75),
    rounds: ratios.length,
  };
}
