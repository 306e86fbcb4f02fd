import { readdirSync, readFileSync, writeFileSync } from "node:fs"
import { basename } from "node:path"
import { fileURLToPath } from "node:url"
import { loadedBy, parseScript, strictly, verdict, type Eval } from "../../../packages/promql/src/promqltest/index.ts"
import { expectationsOf, timesOf } from "./expectations-of.ts"
import type { Judge, Question } from "./judge.ts"

const folder = fileURLToPath(new URL("../../../packages/promql/suites/", import.meta.url))

export interface SuiteOutcome {
  readonly name: string
  readonly total: number
  /** Evaluations that the real engine answers in another way, as `FILE:LINE: …`. */
  readonly failed: readonly string[]
}

/** Whether the package's own scripts expect what the real engine answers. With `update`, they are told what it does. */
export async function judgeSuites(judge: Judge, update: boolean): Promise<SuiteOutcome[]> {
  const outcomes: SuiteOutcome[] = []
  for (const name of readdirSync(folder)
    .filter((file) => file.endsWith(".test"))
    .sort()) {
    outcomes.push(await judgeSuite(judge, `${folder}${name}`, update))
  }
  return outcomes
}

async function judgeSuite(judge: Judge, file: string, update: boolean): Promise<SuiteOutcome> {
  const text = readFileSync(file, "utf8")
  const lines = text.split("\n")
  const failed: string[] = []
  /** From the last one on, so that lines before keep their numbers. */
  const rewritten: { readonly line: number; readonly expectations: readonly string[] }[] = []
  let total = 0
  await judge.clear()
  for (const command of parseScript(text)) {
    if (command.kind === "clear") await judge.clear()
    else if (command.kind === "load") await judge.load(loadedBy(command))
    else {
      total += 1
      const answer = await judge.ask(question(command))
      const failure = verdict(strictly(command), answer, timesOf(command))
      if (failure === undefined) continue
      failed.push(`${basename(file)}:${String(command.line)}: ${command.source}: ${failure.reason}`)
      rewritten.unshift({ line: command.line, expectations: expectationsOf(command, answer) })
    }
  }
  if (update && rewritten.length > 0) {
    for (const { line, expectations } of rewritten) {
      const end = lines.findIndex((one, index) => index >= line && one.trim() === "")
      lines.splice(line, (end === -1 ? lines.length : end) - line, ...expectations)
    }
    writeFileSync(file, lines.join("\n"))
  }
  return { name: basename(file), total, failed: update ? [] : failed }
}

const question = ({ query, at }: Eval): Question =>
  typeof at === "number" ? { query, start: at, delayedNameRemoval: true } : { query, ...at, delayedNameRemoval: true }
