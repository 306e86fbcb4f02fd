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

interface Annotation {
  readonly severity: Severity
  readonly text: string
  readonly start: number
  readonly occurrences: Occurrences | undefined
}

/** Annotations of one evaluation, each once (Prometheus, "Querying API": `warnings` and `infos`). */
export class Annotations {
  readonly #query: string
  readonly #found = new Map<string, Annotation>()

  constructor(query: string) {
    this.#query = query
  }

  /** `text` as Prometheus words it, without prefix and position. Told at several places, it counts once, at the last of them. */
  add(severity: Severity, text: string, { start }: Place, occurrences?: Occurrences): void {
    const key = `${severity} ${text}`
    const known = this.#found.get(key)
    if (occurrences !== undefined && known?.occurrences !== undefined)
      this.#found.set(key, { ...known, occurrences: known.occurrences.with(occurrences) })
    else if (known?.start !== start) this.#found.set(key, { severity, text, start, occurrences })
  }

  /** How many there are. */
  get size(): number {
    return this.#found.size
  }

  /** Those from the `first` on, once more for an expression that is written twice: `places` leads from one to the other. */
  repeat(first: number, last: number, places: ReadonlyMap<number, number>): void {
    for (const { severity, text, start, occurrences } of [...this.#found.values()].slice(first, last))
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
