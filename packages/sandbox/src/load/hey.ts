/** The load generator's program: `hey [options] URL`. */
import { parseArguments } from "./arguments.ts"
import { usage, UsageError, type LoadOptions } from "./options.ts"
import { csvHead, csvLine, summary } from "./report.ts"
import { startLoad } from "./run.ts"

async function main(options: LoadOptions): Promise<void> {
  if (options.csv) process.stdout.write(`${csvHead}\n`)
  const run = startLoad(
    options,
    options.csv ? (answer, offset) => void process.stdout.write(`${csvLine(answer, offset)}\n`) : undefined,
  )
  for (const signal of ["SIGINT", "SIGTERM"] as const) {
    // The first ends the run in order; the second does not wait for requests under way.
    process.once(signal, () => {
      run.stop()
      process.once(signal, () => process.exit(130))
    })
  }
  const { results, seconds } = await run.done
  if (!options.csv) process.stdout.write(summary(results, seconds))
}

function optionsOrExit(): LoadOptions {
  try {
    return parseArguments(process.argv.slice(2))
  } catch (error) {
    if (!(error instanceof UsageError)) throw error
    process.stderr.write(`${error.message}\n\n${usage}`)
    process.exit(1)
  }
}

main(optionsOrExit()).then(
  () => process.exit(0),
  (error: unknown) => {
    process.stderr.write(`hey: ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(1)
  },
)
