import { isUtf8, quoted } from "./utf8.ts"

/**
 * A set of labels, sorted by name, without empty values (an empty value means "no such label" in Prometheus). `key` is
 * equal exactly for equal sets.
 */
export class Labels {
  static readonly empty = new Labels([])
  /** What a metric is, rather than what it is measured of: goes where the numbers come to mean something else. */
  static readonly metadata: readonly string[] = ["__name__", "__type__", "__unit__"]
  readonly #pairs: readonly (readonly [string, string])[]
  #key: string | undefined
  /** Where the storage that saw it last keeps this series: it looks there first, so that appending again costs no search. */
  place = 0

  private constructor(pairs: readonly (readonly [string, string])[]) {
    this.#pairs = pairs
  }

  static from(labels: Iterable<readonly [string, string]> | Readonly<Record<string, string>>): Labels {
    const entries = Symbol.iterator in labels ? [...labels] : Object.entries(labels)
    const pairs = entries.filter(([, value]) => value !== "")
    return new Labels(pairs.sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
  }

  /** Of pairs that are sorted by name already, each name once, no value empty. */
  static sorted(pairs: readonly (readonly [string, string])[]): Labels {
    return new Labels(pairs)
  }

  get key(): string {
    if (this.#key === undefined) {
      const key = this.#pairs.map(([name, value]) => `${name}${separator}${value}`).join(separator)
      this.#key = isPlain(key, this.#pairs.length * 2) ? key : keyOf(this.#pairs.flat())
    }
    return this.#key
  }

  /** Without the metric's name, type and unit. */
  get nameless(): Labels {
    return this.drop(Labels.metadata)
  }

  get pairs(): readonly (readonly [string, string])[] {
    return this.#pairs
  }

  /** "" when there is no such label. */
  get(name: string): string {
    return this.#pairs.find(([candidate]) => candidate === name)?.[1] ?? ""
  }

  /** Only these labels. */
  keep(names: readonly string[]): Labels {
    return new Labels(this.#pairs.filter(([name]) => names.includes(name)))
  }

  /** All but these labels. */
  drop(names: readonly string[]): Labels {
    return this.#pairs.some(([name]) => names.includes(name))
      ? new Labels(this.#pairs.filter(([name]) => !names.includes(name)))
      : this
  }

  /** With this label set; an empty value removes it. */
  with(name: string, value: string): Labels {
    const others = this.#pairs.filter(([candidate]) => candidate !== name)
    return value === "" ? new Labels(others) : Labels.from([...others, [name, value]])
  }

  toRecord(): Record<string, string> {
    return Object.fromEntries(this.#pairs)
  }

  /** As Prometheus prints it: `http_requests_total{code="200"}`. */
  toString(): string {
    const rest = this.#pairs.filter(([name]) => name !== "__name__").map(([name, value]) => `${name}=${quoted(value)}`)
    return `${this.get("__name__")}{${rest.join(", ")}}`
  }
}

const separator = "\u0000"
/** Stands before a separator that is none, before itself, and before all where there is one of these. */
const mark = "\u0001"

/** One text of several, another one for others, as a rule in the same order. */
export function keyOf(texts: readonly string[]): string {
  const key = texts.join(separator)
  return isPlain(key, texts.length) ? key : mark + texts.map(marked).join(separator)
}

const marked = (text: string): string => text.replaceAll(mark, mark + mark).replaceAll(separator, mark + separator)

/** Whether all separators in it stand between two texts. To look for them in each text would cost more than to join them. */
function isPlain(key: string, texts: number): boolean {
  let between = 0
  for (let at = key.indexOf(separator); at !== -1; at = key.indexOf(separator, at + 1)) between += 1
  return between < texts && !key.startsWith(mark)
}

/** Whether a text may be a label's name: any but the empty one, if it is text at all (Prometheus, "UTF-8 names"). */
export const isLabelName = (name: string): boolean => name !== "" && isUtf8(name)
