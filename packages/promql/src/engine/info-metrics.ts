import { keyOf, Labels } from "../labels.ts"
import { float, type Column } from "./grid.ts"
import { PromqlError } from "./query-error.ts"

/** Info series by metric and target, whose values here are the times of their samples. */
export class InfoMetrics {
  readonly #identifying: readonly string[]
  readonly #wanted: ReadonlySet<string>
  /** By name, then by target. */
  readonly #metrics = new Map<string, Map<string, Column[]>>()
  readonly #combined = new Map<string, Labels>()

  /** `wanted`: the labels that are taken over; all where there are none. */
  constructor(series: readonly Column[], identifying: readonly string[], wanted: ReadonlySet<string>) {
    this.#identifying = identifying
    this.#wanted = wanted
    for (const column of series) {
      const name = column.labels.get("__name__")
      const targets = this.#metrics.get(name) ?? new Map<string, Column[]>()
      this.#metrics.set(name, targets)
      const target = this.#target(column.labels)
      const known = targets.get(target)
      if (known === undefined) targets.set(target, [column])
      else known.push(column)
    }
  }

  #target(labels: Labels): string {
    return labels.keep(this.#identifying).key
  }

  /** A series' labels with those of its info series at a step; undefined where it has none. Throws PromqlError. */
  labelsFor(base: Labels, step: number): Labels | undefined {
    const target = this.#target(base)
    const found = [...this.#metrics.values()].flatMap((targets) => latest(targets.get(target) ?? [], step) ?? [])
    if (found.length === 0) return undefined
    const key = keyOf([base, ...found.map(({ labels }) => labels)].map((labels) => labels.key))
    const known = this.#combined.get(key) ?? this.#combine(base, found)
    this.#combined.set(key, known)
    return known
  }

  #combine(base: Labels, found: readonly Column[]): Labels {
    const added = new Map<string, string>()
    for (const [name, value] of found.flatMap(({ labels }) => labels.drop(Labels.metadata).pairs)) {
      if (this.#wanted.size > 0 && !this.#wanted.has(name)) continue
      if ((added.get(name) ?? value) !== value) throw new PromqlError("execution", `conflicting label: ${name}`)
      // What the series has already is its own.
      if (base.get(name) === "") added.set(name, value)
    }
    return Labels.from([...base.pairs, ...added])
  }
}

/** Of series that tell of one target at the same step, the one with the newest sample. */
function latest(columns: readonly Column[], step: number): Column | undefined {
  let found: Column | undefined
  for (const column of columns) {
    if (column.present[step] !== float) continue
    const [time = 0, before = Number.NEGATIVE_INFINITY] = [column.values[step], found?.values[step]]
    if (time === before)
      throw new PromqlError(
        "execution",
        `found duplicate series for info metric: existing ${String(found?.labels)} @ ${String(before)}, new ${String(column.labels)} @ ${String(time)}`,
      )
    if (time > before) found = column
  }
  return found
}
