// The process of one suite; `suite-process.ts` starts it.
import { Report } from "../contract/harness/report.ts"
import { MissingRequirement } from "./go-program.ts"
import type { Order, Told } from "./suite-process.ts"
import { suites } from "./suites.ts"

/** Resolves when it is on its way: a process that ends before that takes it along. */
const tell = (told: Told): Promise<void> => new Promise((resolve) => process.send?.(told, () => resolve()))
// Whatever it has started ends with it, and it with the one that started it.
process.once("disconnect", () => process.exit(1))
for (const signal of ["SIGINT", "SIGTERM"] as const) process.on(signal, () => process.exit(130))

const { suite: name, ...options } = JSON.parse(process.argv[2] ?? "") as Order
const report = new Report()
try {
  const suite = suites.find((one) => one.name === name)
  await suite?.run({ ...options, report, print: (line) => void tell({ line }) })
} catch (error) {
  if (!(error instanceof MissingRequirement)) throw error
  await tell({ missing: error.message })
}
await tell({ entries: report.entries })
process.removeAllListeners("disconnect")
process.disconnect()
