// `npm run bench [NAME …]`: measurements as ratios and figures of one run, printed; nothing here passes or fails.
import { spawnSync } from "node:child_process"
import { mkdirSync, readdirSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)
const { prepare } = await import("./prepare.mjs")

const root = fileURLToPath(new URL("..", import.meta.url))
prepare(root)
const { build } = await import("esbuild")
const chosen = process.argv.slice(2)
const names = readdirSync(`${root}bench`)
  .filter((file) => file.endsWith(".ts"))
  .map((file) => file.slice(0, -3))
  .filter((name) => chosen.length === 0 || chosen.includes(name))
const outdir = `${root}dist/bench`
mkdirSync(outdir, { recursive: true })
let failed = 0
for (const name of names) {
  console.log(`\n# ${name}`)
  await build({
    absWorkingDir: root,
    entryPoints: [`bench/${name}.ts`],
    outfile: `${outdir}/${name}.mjs`,
    bundle: true,
    platform: "node",
    format: "esm",
    target: "node20.19",
    logLevel: "warning",
    banner: {
      js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url);',
    },
    external: ["@lydell/node-pty", "cpu-features", "*.node"],
  })
  const { status } = spawnSync(process.execPath, [`${outdir}/${name}.mjs`], {
    cwd: root,
    stdio: "inherit",
    timeout: 600_000,
  })
  if (status !== 0) failed += 1
}
rmSync(outdir, { recursive: true })
process.exit(failed === 0 ? 0 : 1)
