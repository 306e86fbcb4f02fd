// `npm run test:real -- kube …`: the contract suites against the real programs. See test/contract/README.md.
import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
if (!existsSync(`${root}/node_modules/esbuild`)) {
  console.error("The development tools are not installed: run `npm ci` first.")
  process.exit(2)
}
const main = ["--import", `${root}/scripts/typescript.mjs`, `${root}/test/real/main.ts`]
const { status } = spawnSync(process.execPath, [...main, ...process.argv.slice(2)], { stdio: "inherit", cwd: root })
process.exit(status ?? 1)
