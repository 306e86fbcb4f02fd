/** Pearson's statistic for counts against expected shares; shares of 0 must have counts of 0 and do not enter. */
export function chiSquared(counts: readonly number[], weights: readonly number[]): number {
  const total = counts.reduce((sum, count) => sum + count, 0)
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  return weights.reduce((sum, weight, i) => {
    const expected = (total * weight) / whole
    return weight === 0 ? sum : sum + ((counts[i] ?? 0) - expected) ** 2 / expected
  }, 0)
}

/** What the statistic stays below in 99 % of the cases, by degrees of freedom (from tables of the distribution). */
export const limitAtOnePercent: Readonly<Record<number, number>> = { 1: 6.635, 2: 9.21 }
