import type { Expr } from "../parser/ast.ts"
import { positionOf } from "../parser/parse-error.ts"

/** What a query's answer is told with: `warning` when it may be wrong, `info` when it may not be what was meant. */
export type Severity = "warning" | "info"

/** Where an annotation points to: offset of the expression in the query. */
export interface Place {
  readonly start: number
}

/** Parentheses around it do not count. */
export const placeOf = (expr: Expr): Place => (expr.kind === "paren" ? placeOf(expr.expr) : expr)

/** What is told of all occurrences of an annotation together. */
export interface Occurrences {
  with(others: Occurrences): Occurrences
  toString(): string
}

export interface Annotation {
  readonly severity: Severity
  readonly text: string
  readonly start: number
  readonly occurrences: Occurrences | undefined
}

/** Annotations of one evaluation, each once (Prometheus, "Querying API": `warnings` and `infos`). */
export class Annotations {
  readonly #query: string
  readonly #found = new Map<string, Annotation>()
  readonly #records: Annotation[][] = []

  constructor(query: string) {
    this.#query = query
  }

  /** `text` as Prometheus words it, without prefix and position. Told at several places, it counts once, at the last of them. */
  add(severity: Severity, text: string, { start }: Place, occurrences?: Occurrences): void {
    for (const record of this.#records) {
      const same = (one: Annotation): boolean => one.text === text && one.start === start
      if (occurrences !== undefined || !record.some(same)) record.push({ severity, text, start, occurrences })
    }
    const key = `${severity} ${text}`
    const known = this.#found.get(key)
    if (occurrences !== undefined && known?.occurrences !== undefined)
      this.#found.set(key, { ...known, occurrences: known.occurrences.with(occurrences) })
    else if (known?.start !== start) this.#found.set(key, { severity, text, start, occurrences })
  }

  /** What is told while something is computed, to be told again where that is written once more. */
  during<T>(compute: () => T): { readonly value: T; readonly told: readonly Annotation[] } {
    const record: Annotation[] = []
    this.#records.push(record)
    const value = compute()
    this.#records.pop()
    return { value, told: record }
  }

  /** Tells it for the same expression at another place: `places` leads from one to the other. */
  repeat(told: readonly Annotation[], places: ReadonlyMap<number, number>): void {
    for (const { severity, text, start, occurrences } of told)
      this.add(severity, text, { start: places.get(start) ?? start }, occurrences)
  }

  get warnings(): string[] {
    return this.#of("warning")
  }

  get infos(): string[] {
    return this.#of("info")
  }

  #of(wanted: Severity): string[] {
    return [...this.#found.values()]
      .filter(({ severity }) => severity === wanted)
      .map(({ severity, text, start, occurrences }) => {
        const { line, column } = positionOf(this.#query, start)
        const more = occurrences === undefined ? "" : `, ${occurrences.toString()}`
        return `PromQL ${severity}: ${text}${more} (${String(line)}:${String(column)})`
      })
  }
}
