import { positionOf } from "../parser/parse-error.ts"

/** What a query's answer is told with: `warning` when it may be wrong, `info` when it may not be what was meant. */
export type Severity = "warning" | "info"

/** Where an annotation points to: offset of the expression in the query. */
export interface Place {
  readonly start: number
}

/** Annotations of one evaluation, each once (Prometheus, "Querying API": `warnings` and `infos`). */
export class Annotations {
  readonly #query: string
  readonly #found = new Map<string, Severity>()

  constructor(query: string) {
    this.#query = query
  }

  /** `text` as Prometheus words it, without prefix and position. */
  add(severity: Severity, text: string, place: Place): void {
    const { line, column } = positionOf(this.#query, place.start)
    this.#found.set(`PromQL ${severity}: ${text} (${String(line)}:${String(column)})`, severity)
  }

  get warnings(): string[] {
    return this.#of("warning")
  }

  get infos(): string[] {
    return this.#of("info")
  }

  #of(severity: Severity): string[] {
    return [...this.#found].filter(([, one]) => one === severity).map(([text]) => text)
  }
}
