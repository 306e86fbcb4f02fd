import { RegexpError, type Pattern } from "./syntax.ts"

/** More than Go repeats anything, also where repetitions are within each other. */
const maxRepeats = 1000

/** What stands behind a part of a pattern and says how often it comes. */
export class Repetition {
  readonly text: string
  readonly #least: number
  readonly #most: number
  readonly #greedy: boolean

  private constructor(text: string, least: number, most: number, greedy: boolean) {
    this.text = text
    this.#least = least
    this.#most = most
    this.#greedy = greedy
  }

  /** The one that begins here; a brace that counts nothing is none. `swapped`: as little as may be unless `?` follows. */
  static at(pattern: string, at: number, swapped: boolean): Repetition | undefined {
    const found = /^(?:([*+?])|\{(\d+)(,?)(\d*)\})(\??)/.exec(pattern.slice(at, at + 64))
    if (found === null || (found[3] === "" && found[4] !== "")) return undefined
    const [text, mark, least = "", comma, most = "", lazy] = found
    const greedy = (lazy === "") !== swapped
    if (mark !== undefined) return new Repetition(text, mark === "+" ? 1 : 0, mark === "?" ? 1 : Infinity, greedy)
    const [from, to] = [Number(least), comma === "" ? Number(least) : most === "" ? Infinity : Number(most)]
    if (from > maxRepeats || (to !== Infinity && to > maxRepeats) || to < from)
      throw new RegexpError(`invalid repeat count: \`${text.replace(/\?$/, "")}\``)
    return new Repetition(text, from, to, greedy)
  }

  of(part: Pattern): Pattern {
    const counts = Number.isFinite(this.#most) ? this.#most > 1 : this.#least > 1
    if (counts && repeats(part) * Math.max(this.#least, Number.isFinite(this.#most) ? this.#most : 0) > maxRepeats)
      throw new RegexpError(`invalid repeat count: \`${this.text}\``)
    return { kind: "repeat", of: part, least: this.#least, most: this.#most, greedy: this.#greedy }
  }
}

/** How often the innermost part comes at most, as far as that is counted. */
function repeats(part: Pattern): number {
  switch (part.kind) {
    case "sequence":
    case "alternatives":
      return Math.max(1, ...part.of.map(repeats))
    case "group":
      return repeats(part.of)
    case "repeat":
      return repeats(part.of) * Math.max(1, part.least, Number.isFinite(part.most) ? part.most : 0)
    default:
      return 1
  }
}
