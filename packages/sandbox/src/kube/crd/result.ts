import type { FieldError } from "../validation/errors.ts"

/** Something that is wrong with a value. `name` is its path; errors of combined schemas have none. */
export interface Problem {
  readonly name: string | undefined
  /** Tells problems apart: what is said twice counts once. */
  readonly text: string
  readonly error: (field: string) => FieldError
}

/** What came of checking a value: the problems, and how many checks went well, which tells close misses from others. */
export class Result {
  readonly problems: Problem[] = []
  readonly #texts = new Set<string>()
  matches = 0

  get valid(): boolean {
    return this.problems.length === 0
  }

  add(...problems: readonly Problem[]): void {
    for (const problem of problems) {
      if (this.#texts.has(problem.text)) continue
      this.#texts.add(problem.text)
      this.problems.push(problem)
    }
  }

  merge(other: Result | undefined): void {
    if (other === undefined) return
    this.add(...other.problems)
    this.matches += other.matches
  }
}
