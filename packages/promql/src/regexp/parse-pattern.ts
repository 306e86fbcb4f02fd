import { complement, folded, namedClasses, perlClasses, setOf } from "./character-sets.ts"
import { Repetition } from "./repetition.ts"
import { lastCodePoint, RegexpError, type CharacterSet, type CodeRange, type Pattern } from "./syntax.ts"

/** Flags of a pattern or of a part of it, as letters: `i` any case, `m` lines, `s` the dot is a newline too, `U` as little as may be. */
type Flags = ReadonlySet<string>

/** Deeper than Go takes them. */
const maxDepth = 1000

/** Parses a pattern in Go's syntax, with these flags set from the beginning. Throws RegexpError. */
export function parsePattern(pattern: string, flags = ""): Pattern {
  return new PatternParser(pattern, new Set(flags)).run()
}

class PatternParser {
  readonly #text: string
  #groups = 0
  #flags: Flags
  #at = 0
  #depth = 0

  constructor(text: string, flags: Flags) {
    this.#text = text
    this.#flags = flags
  }

  run(): Pattern {
    const pattern = this.#alternatives()
    if (this.#at < this.#text.length) throw new RegexpError(`unexpected ): \`${this.#text}\``)
    return pattern
  }

  /** Up to a closing parenthesis or the end. */
  #alternatives(): Pattern {
    this.#depth += 1
    if (this.#depth > maxDepth) throw new RegexpError(`expression nests too deeply: \`${this.#text}\``)
    const flags = this.#flags
    const options = [this.#sequence()]
    while (this.#take("|")) options.push(this.#sequence())
    this.#flags = flags
    this.#depth -= 1
    const [first = empty] = options
    return options.length === 1 ? first : { kind: "alternatives", of: options }
  }

  #sequence(): Pattern {
    const parts: Pattern[] = []
    for (;;) {
      const char = this.#text.charAt(this.#at)
      if (char === "" || char === "|" || char === ")") break
      const from = this.#at
      const literal = this.#quotedText()
      if (literal !== undefined) parts.push(...literal)
      else {
        const part = this.#part()
        if (part !== undefined) parts.push(part)
      }
      const repetition = Repetition.at(this.#text, this.#at, this.#flags.has("U"))
      if (repetition === undefined) continue
      const last = parts.pop()
      if (last === undefined || from === this.#at)
        throw new RegexpError(`missing argument to repetition operator: \`${repetition.text}\``)
      parts.push(repetition.of(last))
      this.#at += repetition.text.length
      const stacked = Repetition.at(this.#text, this.#at, false)
      if (stacked !== undefined)
        throw new RegexpError(`invalid nested repetition operator: \`${repetition.text}${stacked.text}\``)
    }
    const [first = empty] = parts
    return parts.length === 1 ? first : parts.length === 0 ? empty : { kind: "sequence", of: parts }
  }

  /** `\Q…\E`: nothing within has a meaning. */
  #quotedText(): Pattern[] | undefined {
    if (!this.#take("\\Q")) return undefined
    const end = this.#text.indexOf("\\E", this.#at)
    const literal = this.#text.slice(this.#at, end === -1 ? undefined : end)
    this.#at = end === -1 ? this.#text.length : end + 2
    return Array.from(literal, (char) => this.#characters([rangeOf(char)]))
  }

  /** Undefined for what only sets flags. */
  #part(): Pattern | undefined {
    const char = this.#next()
    switch (char) {
      case "(":
        return this.#group()
      case "[":
        return { kind: "characters", set: this.#class() }
      case "\\":
        return this.#escape()
      case ".":
        return { kind: "characters", set: setOf(this.#flags.has("s") ? [[0, lastCodePoint]] : complement([[10, 10]])) }
      case "^":
        return { kind: this.#flags.has("m") ? "lineStart" : "textStart" }
      case "$":
        return { kind: this.#flags.has("m") ? "lineEnd" : "textEnd" }
      case "*":
      case "+":
      case "?":
        throw new RegexpError(`missing argument to repetition operator: \`${char}\``)
      default:
        return this.#characters([rangeOf(char)])
    }
  }

  #group(): Pattern | undefined {
    if (!this.#take("?")) return this.#numbered({})
    const rest = this.#text.slice(this.#at)
    const name = /^P?<([^>]*)(>?)/.exec(rest)
    if (name) {
      const [begin, given = "", closed] = name
      if (closed === "" || !/^[A-Za-z0-9_]+$/.test(given))
        throw new RegexpError(`invalid named capture: \`(?${closed === "" ? rest : begin}\``)
      this.#at += begin.length
      return this.#numbered({ name: given })
    }
    const given = /^([imsU]*)(?:-([imsU]+))?([:)])/.exec(rest)
    if (!given) throw new RegexpError(`invalid or unsupported Perl syntax: \`(?${rest.slice(0, perlLength(rest))}\``)
    const [text, on = "", off = "", end] = given
    this.#at += text.length
    const before = this.#flags
    this.#flags = new Set([...before, ...on.split("")].filter((flag) => !off.includes(flag)))
    if (end === ")") return undefined
    const pattern = this.#closed()
    this.#flags = before
    return pattern
  }

  #numbered(named: { readonly name?: string }): Pattern {
    this.#groups += 1
    const number = this.#groups
    return { kind: "group", of: this.#closed(), number, ...named }
  }

  /** Up to the parenthesis that closes, with it. */
  #closed(): Pattern {
    const of = this.#alternatives()
    if (!this.#take(")")) throw new RegexpError(`missing closing ): \`${this.#text}\``)
    return of
  }

  #escape(): Pattern {
    const rest = this.#text.slice(this.#at - 1)
    const position = ({ A: "textStart", z: "textEnd", b: "boundary", B: "noBoundary" } as const)[rest.charAt(1)]
    if (position !== undefined) {
      this.#at += 1
      return { kind: position }
    }
    const set = this.#classEscape()
    return set === undefined
      ? this.#characters([[this.#escapedPoint(), this.#lastPoint]])
      : { kind: "characters", set: "ranges" in set ? set : setOf(this.#cased(set)) }
  }

  /** `\d`, `\pL` and the like, behind the backslash; undefined if it is none. */
  #classEscape(): CharacterSet | CodeRange[] | undefined {
    const char = this.#text.charAt(this.#at)
    const perl = perlClasses.get(char.toLowerCase())
    if (perl !== undefined) {
      this.#at += 1
      return char === char.toLowerCase() ? [...perl] : complement(perl)
    }
    if (char !== "p" && char !== "P") return undefined
    const rest = this.#text.slice(this.#at)
    const found = /^[pP](?:\{(\^?)([A-Za-z_]+)\}|([A-Za-z]))/.exec(rest)
    const shown = `\\${found?.[0] ?? rest.slice(0, 2)}`
    const given = found?.[2] ?? found?.[3] ?? ""
    const name = propertyName(given)
    if (found === null || name === undefined) throw new RegexpError(`invalid character class range: \`${shown}\``)
    this.#at += found[0].length
    return { ranges: [], properties: [{ name, negated: (char === "P") !== (found[1] === "^") }], negated: false }
  }

  #lastPoint = 0

  /** The character that an escape stands for. */
  #escapedPoint(): number {
    const rest = this.#text.slice(this.#at)
    const char = rest.charAt(0)
    if (char === "") throw new RegexpError("trailing backslash at end of expression: ``")
    const coded = /^(?:x\{([0-9A-Fa-f]+)\}|x([0-9A-Fa-f]{2})|(0[0-7]{0,2}|[1-7][0-7]{1,2}))/.exec(rest)
    const point =
      coded === null
        ? (controls.get(char) ?? (/[!-/:-@[-`{-~]/.test(char) ? char.charCodeAt(0) : undefined))
        : Number.parseInt(coded[1] ?? coded[2] ?? coded[3] ?? "", coded[3] === undefined ? 16 : 8)
    if (point === undefined || point > lastCodePoint) {
      const shown = coded?.[0].slice(0, -1) ?? String.fromCodePoint(rest.codePointAt(0) ?? 0)
      throw new RegexpError(`invalid escape sequence: \`\\${shown}\``)
    }
    this.#at += coded === null ? 1 : coded[0].length
    this.#lastPoint = point
    return point
  }

  /** Behind the opening bracket. */
  #class(): CharacterSet {
    const from = this.#at - 1
    const negated = this.#take("^")
    const ranges: CodeRange[] = []
    const properties: { name: string; negated: boolean }[] = []
    for (let first = true; first || !this.#take("]"); first = false) {
      if (this.#at >= this.#text.length) throw new RegexpError(`missing closing ]: \`${this.#text.slice(from)}\``)
      const part = this.#classPart(from)
      if ("ranges" in part) properties.push(...part.properties)
      else ranges.push(...part)
    }
    return { ranges: this.#cased(ranges), properties, negated }
  }

  #classPart(from: number): CharacterSet | CodeRange[] {
    const rest = this.#text.slice(this.#at)
    const named = /^\[:(\^?)(\w+):\]/.exec(rest)
    if (named) {
      const known = namedClasses.get(named[2] ?? "")
      if (known === undefined) throw new RegexpError(`invalid character class range: \`${named[0]}\``)
      this.#at += named[0].length
      return named[1] === "^" ? complement(known) : [...known]
    }
    if (rest.startsWith("\\")) {
      this.#at += 1
      const set = this.#classEscape()
      if (set !== undefined) return set
      this.#at -= 1
    }
    const begin = this.#at
    const first = this.#classPoint()
    if (this.#text.charAt(this.#at) !== "-" || this.#text.charAt(this.#at + 1) === "]") return [[first, first]]
    if (this.#at + 1 >= this.#text.length) throw new RegexpError(`missing closing ]: \`${this.#text.slice(from)}\``)
    this.#at += 1
    const last = this.#classPoint()
    if (last < first) throw new RegexpError(`invalid character class range: \`${this.#text.slice(begin, this.#at)}\``)
    return [[first, last]]
  }

  #classPoint(): number {
    if (this.#take("\\")) return this.#escapedPoint()
    return this.#next().codePointAt(0) ?? 0
  }

  #characters(ranges: readonly CodeRange[]): Pattern {
    return { kind: "characters", set: setOf(this.#cased(ranges)) }
  }

  #cased(ranges: readonly CodeRange[]): CodeRange[] {
    return this.#flags.has("i") ? folded(ranges) : [...setOf(ranges).ranges]
  }

  #take(text: string): boolean {
    if (!this.#text.startsWith(text, this.#at)) return false
    this.#at += text.length
    return true
  }

  /** A whole character. */
  #next(): string {
    const char = String.fromCodePoint(this.#text.codePointAt(this.#at) ?? 0)
    this.#at += char.length
    return char
  }
}

const empty: Pattern = { kind: "empty" }
const controls: ReadonlyMap<string, number> = new Map([
  ["a", 7],
  ["f", 12],
  ["n", 10],
  ["r", 13],
  ["t", 9],
  ["v", 11],
])

function rangeOf(char: string): CodeRange {
  const point = char.codePointAt(0) ?? 0
  return [point, point]
}

/** How much of what stands behind `(?` Go shows: up to what it does not know. */
const perlLength = (rest: string): number => (/^[imsU-]*/.exec(rest)?.[0].length ?? 0) + 1

/** JavaScript's name of a Unicode class; undefined if it is none. */
function propertyName(given: string): string | undefined {
  return [given, `Script=${given}`].find((name) => {
    if (name.length > 2 && !name.startsWith("Script=") && name !== "Any") return false
    try {
      return new RegExp(`\\p{${name}}`, "u").source !== ""
    } catch {
      return false
    }
  })
}
