import { exitCodes } from "./exit-codes.ts"
import { createProgram, report } from "./program.ts"

// Whoever reads our output may have seen enough: `serin events | head -1`.
process.stdout.on("error", (error: NodeJS.ErrnoException) => {
  if (error.code !== "EPIPE") throw error
  process.exit(exitCodes.ok)
})

try {
  await createProgram().parseAsync()
} catch (error) {
  process.exitCode = report(error, (text) => void process.stderr.write(text))
}
