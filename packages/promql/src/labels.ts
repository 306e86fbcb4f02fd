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
    this.#key ??= keyOf(this.#pairs.flat())
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

/** One text of several, another one for others: what stands between them is marked where it is in one of them. In their order. */
export const keyOf = (texts: readonly string[]): string => texts.map(marked).join("\u0000")

const marked = (text: string): string =>
  text.includes("\u0000") || text.includes("\u0001")
    ? text.replaceAll("\u0001", "\u0001\u0001").replaceAll("\u0000", "\u0001\u0000")
    : text

/** Whether a text may be a label's name: any but the empty one, if it is text at all (Prometheus, "UTF-8 names"). */
export const isLabelName = (name: string): boolean => name !== "" && isUtf8(name)
