// `npm run image -- …`: sets itself up on a fresh clone, then makes the agent's image. See serin-image.ts.
import { spawnSync } from "node:child_process"
import { fileURLToPath } from "node:url"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)
const root = fileURLToPath(new URL("..", import.meta.url))
const { prepare } = await import("./prepare.mjs")
prepare(root)
const main = ["--import", `${root}/scripts/typescript.mjs`, `${root}/scripts/serin-image.ts`, ...process.argv.slice(2)]
process.exit(spawnSync(process.execPath, main, { stdio: "inherit" }).status ?? 1)
