import { execFile } from "node:child_process"
import { NodeError } from "../node.ts"

const limit = 30_000

/** Runs a program of the host to its end. Rejects with SETUP_FAILED and what it said on stderr. */
export function run(file: string, args: readonly string[], input = ""): Promise<void> {
  return new Promise((resolve, reject) => {
    const child = execFile(file, args, { timeout: limit }, (error, _stdout, stderr) => {
      if (error === null) return resolve()
      const said = stderr.trim()
      reject(new NodeError("SETUP_FAILED", `${file} failed: ${said === "" ? error.message : said}`))
    })
    // It may end before it has read all.
    child.stdin?.on("error", () => child.stdin?.destroy())
    child.stdin?.end(input)
  })
}
