export type Verdict = "passed" | "failed" | "skipped"

/** Counts per suite and target, printed as a table at the end. */
export class Report {
  readonly #counts = new Map<string, Record<Verdict, number>>()

  add(suite: string, target: string, verdict: Verdict): void {
    const key = `${suite} ${target}`
    const counts = this.#counts.get(key) ?? { passed: 0, failed: 0, skipped: 0 }
    counts[verdict] += 1
    this.#counts.set(key, counts)
  }

  total(): Record<Verdict, number> {
    const total = { passed: 0, failed: 0, skipped: 0 }
    for (const counts of this.#counts.values()) {
      total.passed += counts.passed
      total.failed += counts.failed
      total.skipped += counts.skipped
    }
    return total
  }

  toString(): string {
    const rows = [...this.#counts].map(([key, { passed, failed, skipped }]) => [
      ...key.split(" "),
      String(passed),
      String(failed),
      String(skipped),
    ])
    const all = [["suite", "target", "passed", "failed", "skipped"], ...rows]
    const widths = [0, 1, 2, 3, 4].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
    return all
      .map((row) =>
        row
          .map((cell, column) => cell.padEnd(widths[column] ?? 0))
          .join("  ")
          .trimEnd(),
      )
      .join("\n")
  }
}
