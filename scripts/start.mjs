// `npm start`: from a fresh clone to the running story. Installs and builds what is missing or old, then hands over to
// the `serin` command. Written for any Node that knows modules, so that an old one gets a sentence instead of a
// syntax error; nothing but Node's own modules may be imported here.
import { spawn, spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)

const root = fileURLToPath(new URL("..", import.meta.url))
const { prepare } = await import("./prepare.mjs")
prepare(root)

if (spawnSync("git", ["--version"]).status !== 0) {
  console.error("serin: git was not found. Serin keeps everything in Git: install git 2.30 or newer and try again.")
  process.exit(2)
}

const child = spawn(process.execPath, ["dist/serin.js", "story", ...process.argv.slice(2)], {
  cwd: root,
  stdio: "inherit",
})
// The terminal sends Ctrl-C to the child as well; it stops its world, and this process waits for it.
for (const signal of ["SIGINT", "SIGTERM"]) process.on(signal, () => signal === "SIGTERM" && child.kill(signal))
child.on("exit", (code, signal) => process.exit(signal ? 130 : (code ?? 1)))
