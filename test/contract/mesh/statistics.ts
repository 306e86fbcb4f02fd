/** What the statistic stays below in all but one of a million runs, by degrees of freedom. */
const limits: Readonly<Record<number, number>> = { 1: 23.93, 2: 27.63, 3: 30.66 }

/** How often each outcome is to be seen, in relation to the others. */
export type Shares = Readonly<Record<string, number>>

/**
 * How often each of several outcomes was seen, as a verdict that comes out the same in every run: shares of 0 and 100 are
 * judged exactly, others by Pearson's test. Where it fails, by the counts.
 */
export function verdict(counts: ReadonlyMap<string, number>, shares: Shares): string {
  const names = Object.keys(shares)
  const total = [...counts.values()].reduce((sum, count) => sum + count, 0)
  const whole = Object.values(shares).reduce((sum, share) => sum + share, 0)
  const drawn = names.filter((name) => (shares[name] ?? 0) > 0)
  const statistic = drawn.reduce((sum, name) => {
    const expected = (total * (shares[name] ?? 0)) / whole
    return sum + ((counts.get(name) ?? 0) - expected) ** 2 / expected
  }, 0)
  const others = [...counts].filter(([name, count]) => count > 0 && !drawn.includes(name))
  const limit = limits[drawn.length - 1] ?? 0
  const said = names.map((name) => `${name} ${String(shares[name] ?? 0)}`).join(", ")
  if (others.length === 0 && statistic <= limit) {
    return drawn.length === 1
      ? `${String(total)} requests, exactly: ${said}`
      : `${String(total)} requests, as of shares: ${said}`
  }
  const seen = [...counts].sort().map(([name, count]) => `${name} ${String(count)}`)
  return `${String(total)} requests, not of shares ${said}: ${seen.join(", ")}`
}
