// `npm run bench [NAME …] [-- --OPTION …]`: measurements as ratios and figures of one run, printed; nothing here passes or fails.
import { spawnSync } from "node:child_process"
import { readdirSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)
const { prepare } = await import("./prepare.mjs")

const root = fileURLToPath(new URL("..", import.meta.url))
prepare(root)
const isOption = (argument) => argument.startsWith("--")
const chosen = process.argv.slice(2).filter((argument) => !isOption(argument))
const options = process.argv.slice(2).filter(isOption)
const names = readdirSync(`${root}bench`)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3))
  .filter((name) => chosen.length === 0 || chosen.includes(name))
let failed = 0
for (const name of names) {
  console.log(`\n# ${name}`)
  const program = ["--import", `${root}scripts/typescript.mjs`, `${root}bench/${name}.ts`, ...options]
  const { status } = spawnSync(process.execPath, program, { cwd: root, stdio: "inherit", timeout: 600_000 })
  if (status !== 0) failed += 1
}
process.exit(failed === 0 ? 0 : 1)
