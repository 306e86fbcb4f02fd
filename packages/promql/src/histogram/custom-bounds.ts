/** The bounds that both have. */
export function commonBounds(a: readonly number[], b: readonly number[]): number[] {
  const known = new Set(b)
  return a.filter((bound) => known.has(bound))
}

export const sameBounds = (a: readonly number[], b: readonly number[]): boolean =>
  a === b || (a.length === b.length && a.every((bound, index) => bound === b[index]))

/** For each bucket of custom bounds the bucket of fewer bounds that it lies in. */
export function bucketsIn(fewer: readonly number[], bounds: readonly number[]): (index: number) => number {
  const targets: number[] = []
  let target = 0
  for (const bound of bounds) {
    while (target < fewer.length && (fewer[target] ?? 0) < bound) target += 1
    targets.push(target)
  }
  return (index) => targets[index] ?? fewer.length
}
