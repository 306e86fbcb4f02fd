/** Runs of digits and runs of anything else. */
const runs = (text: string): string[] => text.match(/\d+|\D+/g) ?? []

/** As people order names with numbers in them: `a2` before `a10`. */
export function compareNaturally(a: string, b: string): number {
  const left = runs(a)
  const right = runs(b)
  for (const [index, one] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    if (one === other) continue
    if (/^\d/.test(one) && /^\d/.test(other)) {
      const [x, y] = [BigInt(one), BigInt(other)]
      if (x !== y) return x < y ? -1 : 1
      // Equal numbers: fewer leading zeros last.
      return one.length > other.length ? -1 : 1
    }
    return one < other ? -1 : 1
  }
  return left.length - right.length
}
