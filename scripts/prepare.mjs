// Brings a clone to the point where `dist/` can be run: dependencies installed, sources built. Does nothing when both
// are up to date, so that the second start is quick.
import { spawnSync } from "node:child_process"
import { createHash } from "node:crypto"
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs"
import { join } from "node:path"

/** @param {string} root folder of the clone */
export function prepare(root) {
  step(root, "node_modules/.serin-installed", digest(root, ["package-lock.json"]), "installing dependencies", "npm", [
    "ci",
    "--no-audit",
    "--no-fund",
    "--loglevel=error",
  ])
  step(
    root,
    "dist/.serin-built",
    digest(root, [
      "packages",
      "examples",
      "scripts/build.mjs",
      "scripts/node-version.mjs",
      "scripts/serin.mjs",
      "package-lock.json",
    ]),
    "building",
    process.execPath,
    ["scripts/build.mjs"],
  )
}

function step(root, stampFile, stamp, title, command, args) {
  const file = join(root, stampFile)
  if (existsSync(file) && readFileSync(file, "utf8") === stamp) return
  const started = Date.now()
  console.log(`${title} …`)
  const { status, error } = spawnSync(command, args, {
    cwd: root,
    stdio: "inherit",
    shell: process.platform === "win32",
  })
  if (status !== 0) {
    console.error(`serin: ${title} failed${error ? ` (${error.message})` : ""}: see the lines above; then try again.`)
    process.exit(1)
  }
  writeFileSync(file, stamp)
  console.log(`${title} took ${((Date.now() - started) / 1000).toFixed(1)} s`)
}

function digest(root, paths) {
  const hash = createHash("sha256")
  const visit = (path) => {
    const stat = statSync(join(root, path), { throwIfNoEntry: false })
    if (!stat) return
    if (stat.isDirectory()) {
      for (const name of readdirSync(join(root, path)).sort())
        if (name !== "node_modules" && name !== "dist") visit(`${path}/${name}`)
    } else hash.update(`${path}\0`).update(readFileSync(join(root, path)))
  }
  for (const path of paths) visit(path)
  return hash.digest("hex")
}
