import { readFileSync } from "node:fs"
import { basename, resolve } from "node:path"
import { runScript } from "./run-script.ts"
import { ScriptError } from "./script.ts"
import type { Failure } from "./verdict.ts"

const usage = `usage: npm run promqltest -- FILE[:LINE]…

Runs scripts in Prometheus' test format (promqltest). Prints of each file how many evaluations passed, and of each failed one
what was expected and what was answered. With a LINE, only the evaluation in that line is shown.`

/** Where npm was called: it runs scripts in the package's folder. */
const folder = process.env["INIT_CWD"] ?? process.cwd()
const print = (line: string) => console.log(line)

function shown({ line, source, reason, expected, actual }: Failure): string {
  const block = (title: string, lines: readonly string[]) =>
    (lines.length === 0 ? ["nothing"] : lines).map(
      (text, index) => `      ${(index === 0 ? title : "").padEnd(10)}${text}`,
    )
  return [
    `  ✗ ${String(line)}: ${source}`,
    `      ${reason}`,
    ...block("expected", expected),
    ...block("actual", actual),
  ].join("\n")
}

/** Evaluations that passed, and how many there are; a script that is none counts as one that failed. */
function run(argument: string): { readonly passed: number; readonly total: number } {
  const [, file = argument, line] = /^(.*):(\d+)$/.exec(argument) ?? []
  try {
    const { total, failures } = runScript(readFileSync(resolve(folder, file), "utf8"))
    print(`${basename(file)} ${String(total - failures.length)}/${String(total)}`)
    for (const failure of failures) if (line === undefined || failure.line === Number(line)) print(shown(failure))
    return { passed: total - failures.length, total }
  } catch (error) {
    // A script that is none, or a file that cannot be read.
    if (!(error instanceof ScriptError) && !(error instanceof Error && "code" in error)) throw error
    print(`${file}: ${error.message}`)
    return { passed: 0, total: 1 }
  }
}

const files = process.argv.slice(2)
if (files.includes("--help")) print(usage)
else if (files.length === 0) {
  console.error(usage)
  process.exitCode = 2
} else {
  const results = files.map(run)
  const sum = (key: "passed" | "total") => results.reduce((total, result) => total + result[key], 0)
  if (files.length > 1) print(`all ${String(sum("passed"))}/${String(sum("total"))}`)
  process.exitCode = sum("passed") === sum("total") ? 0 : 1
}
