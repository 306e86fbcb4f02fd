import { fork } from "node:child_process"
import { fileURLToPath } from "node:url"
import type { ReportEntry } from "../contract/harness/report.ts"
import { MissingRequirement } from "./go-program.ts"
import type { RealSuite, RunOptions } from "./suite.ts"
import { suites } from "./suites.ts"

const entry = fileURLToPath(new URL("./run-suite.ts", import.meta.url))

/** Three times what the longest takes. It is told to end then, so that a suite that hangs is a failure of its own only. */
const limitMs = 20 * 60_000

/** What the process of a suite is told: which one, and how to run it. */
export interface Order extends Omit<RunOptions, "report" | "print"> {
  readonly suite: string
  /** Of its ports (`takePortsFrom`). */
  readonly portRange: number
}

/** What it tells. */
export type Told =
  { readonly line: string } | { readonly entries: readonly ReportEntry[] } | { readonly missing: string }

/**
 * Runs a suite in a process of its own, so that no other one's work makes it late, and resolves to what it reports. Ends with
 * this process. Rejects with `MissingRequirement`, and with an Error when it breaks off.
 */
export async function runInProcess(
  suite: RealSuite,
  { filter, target, update, kubectl, seed, print }: RunOptions,
): Promise<readonly ReportEntry[]> {
  const order: Order = { suite: suite.name, portRange: suites.indexOf(suite), filter, target, update, kubectl, seed }
  const child = fork(entry, [JSON.stringify(order)], { timeout: limitMs })
  let missing: string | undefined
  let entries: readonly ReportEntry[] | undefined
  child.on("message", (told: Told) => {
    if ("line" in told) print(told.line)
    else if ("missing" in told) missing = told.missing
    else entries = told.entries
  })
  // What it has told may be on its way still when it is gone.
  const toldAll = new Promise((resolve) => child.once("disconnect", resolve))
  const end = await new Promise<string>((resolve, reject) => {
    child.once("error", reject)
    child.once("exit", (code, signal) => resolve(String(signal ?? code)))
  })
  await toldAll
  if (missing !== undefined) throw new MissingRequirement(missing)
  if (end !== "0" || entries === undefined)
    throw new Error(`the suite ${suite.name} broke off (exit ${end}): run \`npm run test:real -- ${suite.name}\` alone`)
  return entries
}
