// `npm run test:real`: sets itself up on a fresh clone, then judges by the real programs. See docs/guides/real-world.md.
import { spawn } from "node:child_process"
import { fileURLToPath } from "node:url"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)

const root = fileURLToPath(new URL("..", import.meta.url))
const { prepare } = await import("./prepare.mjs")
prepare(root)

const main = ["--import", `${root}/scripts/typescript.mjs`, `${root}/test/real/main.ts`, ...process.argv.slice(2)]
const child = spawn(process.execPath, main, { stdio: "inherit", cwd: root })
// Ended by a signal, this one must take the other along, which stops the programs that it has started.
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"]) process.on(signal, () => child.kill(signal))
child.on("exit", (code) => process.exit(code ?? 1))
