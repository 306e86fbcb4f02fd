/** The load generator's program: `hey [options] URL`. */
import { parseArguments } from "./arguments.ts"
import { usage, UsageError, type LoadOptions } from "./options.ts"
import { summary } from "./report.ts"
import { runToEnd } from "./to-end.ts"

async function main(options: LoadOptions): Promise<void> {
  const { results, seconds } = await runToEnd(options, (text) => void process.stdout.write(text))
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
