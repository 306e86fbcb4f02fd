// `npm run test:real -- kube …`: the contract suites against the real programs. See test/contract/README.md.
import { spawn } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)

const root = fileURLToPath(new URL("..", import.meta.url))
if (!existsSync(`${root}/node_modules/esbuild`)) {
  console.error("The development tools are not installed: run `npm ci` first.")
  process.exit(2)
}
const main = ["--import", `${root}/scripts/typescript.mjs`, `${root}/test/real/main.ts`, ...process.argv.slice(2)]
const child = spawn(process.execPath, main, { stdio: "inherit", cwd: root })
// Ended by a signal, this one must take the other along, which stops the programs that it has started.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
child.on("exit", (code) => process.exit(code ?? 1))
