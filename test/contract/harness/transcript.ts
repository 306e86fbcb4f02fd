import { format, type Json } from "./json.ts"

/** What a case did and what was answered, as text to be compared by line and kept as a golden file. */
export class Transcript {
  readonly #parts: string[] = []
  /** The case did not reach its end. */
  broken = false

  add(what: string, answers: readonly Json[]): void {
    if (what.startsWith("!!")) this.broken = true
    const body = answers.map((answer) => (typeof answer === "string" ? answer : format(answer))).join("\n")
    this.#parts.push(`### ${what}\n${body.trimEnd()}\n`)
  }

  toString(): string {
    return this.#parts.join("\n")
  }
}
