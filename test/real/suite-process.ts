import { fork } from "node:child_process"
import { once } from "node:events"
import { fileURLToPath } from "node:url"
import type { ReportEntry } from "../contract/harness/report.ts"
import { MissingRequirement } from "./go-program.ts"
import type { RealSuite, RunOptions } from "./suite.ts"

const entry = fileURLToPath(new URL("./run-suite.ts", import.meta.url))

/** What the process of a suite is told: which one, and how to run it. */
export interface Order extends Omit<RunOptions, "report" | "print"> {
  readonly suite: string
}

/** What it tells. */
export type Told =
  { readonly line: string } | { readonly entries: readonly ReportEntry[] } | { readonly missing: string }

/** Runs a suite in a process of its own, so that no other one's work makes it late. It ends with this one. */
export async function runInProcess(suite: RealSuite, { report, print, ...options }: RunOptions): Promise<void> {
  const order: Order = { suite: suite.name, ...options }
  const child = fork(entry, [JSON.stringify(order)])
  let missing: string | undefined
  let entries: readonly ReportEntry[] | undefined
  child.on("message", (told: Told) => {
    if ("line" in told) print(told.line)
    else if ("missing" in told) missing = told.missing
    else entries = told.entries
  })
  // What it has told may be on its way still when it is gone.
  const toldAll = once(child, "disconnect")
  const end = await new Promise<string>((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code, signal) => resolve(String(signal ?? code)))
  })
  await toldAll
  if (missing !== undefined) throw new MissingRequirement(missing)
  if (end !== "0" || entries === undefined) throw new Error(`the suite ${suite.name} broke off (exit ${end})`)
  for (const entry of entries) report.add(entry)
}
