export type Verdict = "passed" | "failed" | "skipped"

export interface ReportEntry {
  /** `kube`, `registry`, `story`: what can be asked for by name. */
  readonly suite: string
  /** A part of it. */
  readonly topic: string
  /** `real` or `embedded`. */
  readonly target: string
  readonly verdict: Verdict
  /** Why it was skipped. */
  readonly reason?: string
}

const verdicts = ["passed", "failed", "skipped"] as const

/** What came of all cases, printed as a table at the end. */
export class Report {
  readonly #entries: ReportEntry[] = []

  add(entry: ReportEntry): void {
    this.#entries.push(entry)
  }

  get entries(): readonly ReportEntry[] {
    return this.#entries
  }

  total(): Record<Verdict, number> {
    return count(this.#entries)
  }

  /** Suite × target when there are several suites, topic × target of a single one; then why cases were skipped. */
  toString(): string {
    const suites = new Set(this.#entries.map(({ suite }) => suite))
    const label = (entry: ReportEntry) => (suites.size > 1 ? entry.suite : `${entry.suite}/${entry.topic}`)
    const groups = grouped(this.#entries, (entry) => `${label(entry)}\n${entry.target}`)
    const rows = [...groups].map(([key, entries]) => {
      const counts = count(entries)
      return [...key.split("\n"), ...verdicts.map((verdict) => String(counts[verdict]))]
    })
    const skipped = this.#entries.filter(({ verdict }) => verdict === "skipped")
    const reasons = grouped(skipped, (entry) => `${label(entry)} on ${entry.target}: ${entry.reason ?? "?"}`)
    return [
      ...table([["suite", "target", ...verdicts], ...rows]),
      ...[...reasons].map(([reason, entries]) => `skipped: ${String(entries.length)} of ${reason}`),
    ].join("\n")
  }

  /** `3 passed, 0 failed, 0 skipped`, what CI counts by. */
  closingLine(): string {
    const { passed, failed, skipped } = this.total()
    return `${String(passed)} passed, ${String(failed)} failed, ${String(skipped)} skipped`
  }
}

/** `Map.groupBy`, which Node 20 lacks. */
function grouped<T>(items: readonly T[], key: (item: T) => string): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const group = groups.get(key(item)) ?? []
    group.push(item)
    groups.set(key(item), group)
  }
  return groups
}

function count(entries: readonly ReportEntry[]): Record<Verdict, number> {
  const of = (wanted: Verdict) => entries.filter(({ verdict }) => verdict === wanted).length
  return { passed: of("passed"), failed: of("failed"), skipped: of("skipped") }
}

function table(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join("  ")
      .trimEnd(),
  )
}
