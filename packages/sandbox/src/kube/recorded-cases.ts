import { readFileSync } from "node:fs"
import { parse } from "yaml"
import type { Json } from "./json.ts"

/** What was sent to a real kube-apiserver, and its answer. For tests; see scripts/record-kube-answers.mjs. */
export interface RecordedStep {
  readonly method: string
  readonly path: string
  readonly type?: string
  readonly accept?: string
  readonly body: unknown
  readonly answer: { readonly code: number; readonly body: Json; readonly warnings?: string; readonly date?: string }
}

export interface RecordedCase {
  readonly name: string
  readonly steps: readonly RecordedStep[]
}

/** Reads `NAME.yaml` and `NAME.answers.jsonl`. `file` is the URL of the former. */
export function recordedCases(file: URL): RecordedCase[] {
  const text = readFileSync(file, "utf8").replace(/\$LONG\((\d+)\)/g, (_match, length) => "x".repeat(Number(length)))
  const cases = parse(text, { merge: true }) as {
    name: string
    steps: Omit<RecordedStep, "answer">[]
  }[]
  const answers = readFileSync(new URL(file.href.replace(/\.yaml$/, ".answers.jsonl")), "utf8")
    .trim()
    .split("\n")
  if (answers.length !== cases.length) throw new Error(`${file.pathname}: record again, the answers are of other cases`)
  return cases.map(({ name, steps }, index) => {
    const recorded = JSON.parse(answers[index] ?? "{}") as { name: string; answers: RecordedStep["answer"][] }
    return {
      name,
      steps: steps.map((step, at) => {
        const answer = recorded.answers[at]
        if (answer === undefined || recorded.name !== name) throw new Error(`${file.pathname}: record "${name}" again`)
        return { ...step, answer }
      }),
    }
  })
}
