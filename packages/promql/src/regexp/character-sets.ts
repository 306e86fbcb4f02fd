import { lastCodePoint, type CharacterSet, type CodeRange } from "./syntax.ts"

const code = (char: string): number => char.codePointAt(0) ?? 0
/** `"az09"` are the ranges a to z and 0 to 9. */
const spans = (text: string): CodeRange[] =>
  (text.match(/../gsu) ?? []).map((pair) => [code(pair), code(pair.slice(1))] as const)

const digits = spans("09")
const letters = spans("AZaz")
const words = [...digits, ...spans("AZ__az")]
const blanks: CodeRange[] = [...spans("\t\n"), ...spans("\f\r  ")]

/** `[:alpha:]` and its like, of ASCII alone. */
export const namedClasses: ReadonlyMap<string, readonly CodeRange[]> = new Map<string, readonly CodeRange[]>([
  ["alnum", [...digits, ...letters]],
  ["alpha", letters],
  ["ascii", [[0, 0x7f]]],
  ["blank", spans("\t\t  ")],
  [
    "cntrl",
    [
      [0, 0x1f],
      [0x7f, 0x7f],
    ],
  ],
  ["digit", digits],
  ["graph", spans("!~")],
  ["lower", spans("az")],
  ["print", spans(" ~")],
  ["punct", spans("!/:@[`{~")],
  [
    "space",
    [
      [9, 13],
      [32, 32],
    ],
  ],
  ["upper", spans("AZ")],
  ["word", words],
  ["xdigit", [...digits, ...spans("AFaf")]],
])

/** `\d` and its like; upper case stands for all others. */
export const perlClasses: ReadonlyMap<string, readonly CodeRange[]> = new Map([
  ["d", digits],
  ["s", blanks],
  ["w", words],
])

/** Ranges in order, those that meet made one. */
export function joined(ranges: readonly CodeRange[]): CodeRange[] {
  const result: CodeRange[] = []
  for (const [first, last] of [...ranges].sort((a, b) => a[0] - b[0])) {
    const before = result.at(-1)
    if (before === undefined || first > before[1] + 1) result.push([first, last])
    else if (last > before[1]) result[result.length - 1] = [before[0], last]
  }
  return result
}

/** All others. */
export function complement(ranges: readonly CodeRange[]): CodeRange[] {
  const result: CodeRange[] = []
  let next = 0
  for (const [first, last] of joined(ranges)) {
    if (first > next) result.push([next, first - 1])
    next = last + 1
  }
  if (next <= lastCodePoint) result.push([next, lastCodePoint])
  return result
}

export const setOf = (ranges: readonly CodeRange[]): CharacterSet => ({
  ranges: joined(ranges),
  properties: [],
  negated: false,
})

/** Larger ranges hold whole alphabets with all their cases, or scripts without; only our own letters may be missing. */
const maxFolded = 0x500

/** With the other cases of each letter (the flag `i`). */
export function folded(ranges: readonly CodeRange[]): CodeRange[] {
  const result = [...ranges]
  for (const [first, last] of ranges) {
    const end = last - first > maxFolded ? Math.min(last, 0x7f) : last
    for (let point = first; point <= end; point += 1)
      for (const other of casesOf(point)) if (other < first || other > last) result.push([other, other])
  }
  return joined(result)
}

function casesOf(point: number): number[] {
  // The signs of Kelvin and the long s are small letters k and s for Go, and cannot be found from these.
  if (point === 0x6b || point === 0x4b) return [0x6b, 0x4b, 0x212a]
  if (point === 0x73 || point === 0x53) return [0x73, 0x53, 0x17f]
  if (point >= 0xd800 && point <= 0xdfff) return []
  const char = String.fromCodePoint(point)
  const upper = char.toUpperCase()
  return [char.toLowerCase(), upper, upper.toLowerCase()]
    .filter((other) => Array.from(other).length === 1)
    .map((other) => other.codePointAt(0) ?? point)
}
