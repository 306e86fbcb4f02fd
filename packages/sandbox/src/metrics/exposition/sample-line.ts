import { ExpositionError } from "./exposition-error.ts"

/** Names and values of labels as they are written, those with empty values too. */
export type WrittenLabels = readonly (readonly [name: string, value: string])[]

export interface WrittenSeries {
  readonly name: string
  readonly labels: WrittenLabels
}

/** What stands behind a series. */
export interface WrittenSample {
  readonly value: number
  /** Unix milliseconds. */
  readonly timestamp?: number
  /** Only OpenMetrics has them. */
  readonly exemplar?: { readonly labels: WrittenLabels; readonly value: number; readonly timestamp?: number }
}

const shapes = {
  metric: /[a-zA-Z_:][a-zA-Z0-9_:]*/y,
  label: /[a-zA-Z_][a-zA-Z0-9_]*/y,
  quoted: /"((?:[^"\\\n]|\\.)*)"/y,
  space: /[ \t]*/y,
  number: /[^\s#]+/y,
} as const
const decimal = /^[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:e[+-]?\d+)?$/i

/**
 * Reads one sample: `name{label="value"} 1 1700000000000`, or with a name of any letters `{"a name",label="value"} 1`. OpenMetrics
 * has times in seconds and may have an exemplar behind a `#`. First the series, then the sample; both throw ExpositionError.
 */
export class LineReader {
  readonly #line: string
  readonly #openMetrics: boolean
  #at: number

  /** Begins at the line's beginning, or behind a series that is known already. */
  constructor(line: string, openMetrics: boolean, at = 0) {
    this.#line = line
    this.#openMetrics = openMetrics
    this.#at = at
  }

  /** The line as far as it is read. */
  get read(): string {
    return this.#line.slice(0, this.#at)
  }

  series(): WrittenSeries {
    let name = this.#take("metric")
    this.#mayHaveSpace()
    const { labels, quotedName } = this.#line.charAt(this.#at) === "{" ? this.#labels() : { labels: [] }
    if (name !== undefined && quotedName !== undefined) this.#fail("metric name already set")
    name ??= quotedName
    if (name === undefined) this.#fail("no metric name")
    return { name, labels }
  }

  sample(): WrittenSample {
    const value = this.#value()
    const timestamp = this.#timestamp()
    const exemplar = this.#exemplar()
    if (this.#at < this.#line.length) this.#fail("no end of the line")
    return {
      value,
      ...(timestamp !== undefined && { timestamp }),
      ...(exemplar !== undefined && { exemplar }),
    }
  }

  #labels(): { labels: WrittenLabels; quotedName?: string } {
    const labels: [string, string][] = []
    let quotedName: string | undefined
    this.#at += 1
    for (;;) {
      this.#mayHaveSpace()
      if (this.#line.charAt(this.#at) === "}") break
      const quoted = this.#quoted()
      const name = quoted ?? this.#take("label")
      if (name === undefined) this.#fail("labels do not end")
      this.#mayHaveSpace()
      if (this.#line.charAt(this.#at) === "=") {
        this.#at += 1
        this.#mayHaveSpace()
        const value = this.#quoted()
        if (value === undefined) this.#fail("labels do not end")
        labels.push([name, value])
      } else if (quoted === undefined) this.#fail("labels do not end")
      else if (quotedName !== undefined) this.#fail("metric name already set")
      else quotedName = quoted
      this.#mayHaveSpace()
      if (this.#line.charAt(this.#at) === ",") this.#at += 1
      // The text format is read without the comma too.
      else if (this.#openMetrics && this.#line.charAt(this.#at) !== "}") this.#fail("labels do not end")
    }
    this.#at += 1
    return { labels, ...(quotedName !== undefined && { quotedName }) }
  }

  #quoted(): string | undefined {
    const text = this.#take("quoted")
    return text === undefined ? undefined : unescapeText(text.slice(1, -1))
  }

  #value(): number {
    this.#gap()
    const value = parseValue(this.#take("number") ?? "")
    if (value === undefined) this.#fail("no value")
    return value
  }

  #timestamp(): number | undefined {
    if (this.#openMetrics && /^ ?(?:$|# )/.test(this.#line.slice(this.#at))) return undefined
    this.#gap()
    const text = this.#take("number")
    if (text === undefined) return undefined
    if (!this.#openMetrics) {
      if (!/^\d+$/.test(text)) this.#fail("no time")
      return Number(text)
    }
    if (!decimal.test(text)) this.#fail("no time")
    return Math.trunc(Number(text) * 1000)
  }

  #exemplar(): WrittenSample["exemplar"] {
    if (!this.#openMetrics) {
      this.#take("space")
      return undefined
    }
    if (!this.#line.startsWith(" # ", this.#at)) return undefined
    this.#at += 3
    if (this.#line.charAt(this.#at) !== "{") this.#fail("no labels of the exemplar")
    const { labels, quotedName } = this.#labels()
    if (quotedName !== undefined) this.#fail("an exemplar has no name")
    const value = this.#value()
    const timestamp = this.#timestamp()
    return { labels, value, ...(timestamp !== undefined && { timestamp }) }
  }

  /** Where the text format takes spaces and OpenMetrics has none. */
  #mayHaveSpace(): void {
    if (!this.#openMetrics) this.#take("space")
  }

  /** Between the parts of a line: one space, in the text format as many as one likes. */
  #gap(): void {
    if (!this.#openMetrics) this.#take("space")
    else if (this.#line.charAt(this.#at) === " ") this.#at += 1
    else this.#fail("no space")
  }

  #take(what: keyof typeof shapes): string | undefined {
    const shape = shapes[what]
    shape.lastIndex = this.#at
    const found = shape.exec(this.#line)?.[0]
    if (found === undefined) return undefined
    this.#at += found.length
    return found
  }

  #fail(what: string): never {
    throw new ExpositionError(`${what} in ${JSON.stringify(this.#line)}`)
  }
}

/** As Go reads floats, without hexadecimal ones and `_`. */
function parseValue(text: string): number | undefined {
  if (decimal.test(text)) return Number(text)
  if (/^[+]?inf(inity)?$/i.test(text)) return Number.POSITIVE_INFINITY
  if (/^-inf(inity)?$/i.test(text)) return Number.NEGATIVE_INFINITY
  if (/^[+-]?nan$/i.test(text)) return Number.NaN
  return undefined
}

/** `\\`, `\n` and `\"`; before anything else a backslash is a backslash. */
export const unescapeText = (text: string): string =>
  text.includes("\\") ? text.replace(/\\([\\n"])/g, (_, char: string) => (char === "n" ? "\n" : char)) : text
