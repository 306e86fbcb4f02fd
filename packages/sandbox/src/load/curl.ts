/** A small curl for the pods of the embedded world. */
import { runCurl } from "./curl/run.ts"

const streams = {
  out: (bytes: Buffer | string) => void process.stdout.write(bytes),
  err: (text: string) => void process.stderr.write(text),
}

runCurl(process.argv.slice(2), streams).then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`curl: (2) ${error instanceof Error ? error.message : String(error)}\n`)
    process.exit(2)
  },
)
