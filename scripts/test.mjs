// `npm test`: sets itself up on a fresh clone, then runs unit, contract (embedded) and end-to-end tests. Ends with a line
// `N passed, N failed, N skipped`. Arguments are handed to vitest, e.g. `npm test -- packages/core`.
import { spawnSync } from "node:child_process"
import { mkdtempSync, readFileSync, rmSync } from "node:fs"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)
const root = fileURLToPath(new URL("..", import.meta.url))
const { prepare } = await import("./prepare.mjs")
prepare(root)

// Fault injection takes minutes and is asked for by name.
const asked = process.argv.slice(2)
const projects = asked.some((argument) => argument.startsWith("--project"))
  ? []
  : ["--project", "unit", "--project", "contract", "--project", "world"]
const folder = mkdtempSync(join(tmpdir(), "serin-test-"))
const report = join(folder, "report.json")
const { status } = spawnSync(
  process.execPath,
  [
    "node_modules/vitest/vitest.mjs",
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${report}`,
    ...projects,
    ...asked,
  ],
  { cwd: root, stdio: "inherit" },
)
const { numPassedTests, numFailedTests, numPendingTests, numTodoTests, testResults } = JSON.parse(
  readFileSync(report, "utf8"),
)
rmSync(folder, { recursive: true })
// A file that does not load has no failed test, and fails all the same.
const brokenFiles = testResults.filter(
  (file) => file.status === "failed" && file.assertionResults.every((test) => test.status !== "failed"),
).length
console.log(
  `${numPassedTests} passed, ${numFailedTests + brokenFiles} failed, ${numPendingTests + numTodoTests} skipped`,
)
process.exit(status === 0 && brokenFiles === 0 ? 0 : 1)
