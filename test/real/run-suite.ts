// The process of one suite; `suite-process.ts` starts it.
import { Report } from "../contract/harness/report.ts"
import { takePortsFrom } from "./daemon.ts"
import { MissingRequirement } from "./go-program.ts"
import { endBySignals } from "./signals.ts"
import type { Order, Told } from "./suite-process.ts"
import { suites } from "./suites.ts"

/** Resolves when it is on its way: a process that ends before that takes it along. */
const tell = (told: Told): Promise<void> => new Promise((resolve) => process.send?.(told, () => resolve()))

// Whatever it has started ends with it, and it with the one that started it, which may be gone already.
process.once("disconnect", () => process.exit(1))
if (!process.connected) process.exit(1)
endBySignals()

const { suite: name, portRange, ...options } = JSON.parse(process.argv[2] ?? "") as Order
const suite = suites.find((one) => one.name === name)
if (suite === undefined) throw new Error(`there is no suite ${name}`)
takePortsFrom(portRange)
const report = new Report()
try {
  await suite.run({ ...options, report, print: (line) => void tell({ line }) })
} catch (error) {
  if (!(error instanceof MissingRequirement)) throw error
  await tell({ missing: error.message })
}
await tell({ entries: report.entries })
process.channel?.unref()
