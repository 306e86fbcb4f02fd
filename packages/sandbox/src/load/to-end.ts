import type { LoadOptions } from "./options.ts"
import { csvHead, csvLine } from "./report.ts"
import type { Results } from "./results.ts"
import { startLoad } from "./run.ts"

/**
 * A run of this process: to its end, or to the first Ctrl-C, which ends it in order; the second does not wait for requests
 * under way. With `csv`, a line for each answer is written as it comes.
 */
export async function runToEnd(
  options: LoadOptions,
  write: (text: string) => void,
): Promise<{ readonly results: Results; readonly seconds: number }> {
  if (options.csv) write(`${csvHead}\n`)
  const run = startLoad(options, options.csv ? (answer, offset) => write(`${csvLine(answer, offset)}\n`) : undefined)
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    process.once(signal, () => {
      run.stop()
      process.once(signal, () => process.exit(130))
    })
  }
  return run.done
}
