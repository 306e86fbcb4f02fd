// Everything that can be said about the code without running it. Stops at nothing, so that one run shows all.
import { spawnSync } from "node:child_process"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)

const steps = {
  format: ["prettier", "--check", "--log-level", "warn", "."],
  lint: ["oxlint", "--type-aware", "--deny-warnings"],
  types: ["tsc", "-p", "tsconfig.json"],
  "types (web)": ["tsc", "-p", "packages/web/tsconfig.json"],
  imports: ["depcruise", "--config", ".dependency-cruiser.cjs", "--output-type", "err-long", "packages"],
  "dead code": ["knip"],
}
const chosen = process.argv.slice(2)
let failed = 0
for (const [name, command] of Object.entries(steps)) {
  if (chosen.length > 0 && !chosen.includes(name)) continue
  const started = performance.now()
  const { status, stdout, stderr } = spawnSync("npx", ["--no-install", ...command], {
    encoding: "utf8",
    maxBuffer: 1 << 28,
  })
  const output = `${stdout}${stderr}`.trim()
  // dependency-cruiser answers "no violations" also when it could read nothing.
  const blind = name === "imports" && /\(0 modules|\b0 dependencies cruised/.test(output)
  const ok = status === 0 && !blind
  console.log(`${ok ? "✓" : "✗"} ${name} (${Math.round(performance.now() - started)} ms)`)
  if (!ok) {
    failed += 1
    console.log(blind ? "dependency-cruiser read no module: is @swc/core installed?" : output)
  }
}
process.exit(failed === 0 ? 0 : 1)
