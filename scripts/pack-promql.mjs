// Makes the folder of @serin/promql that can be published: JavaScript and declarations instead of sources, nothing else changed.
// `npm run pack:promql [-- FOLDER]`, dist/promql unless said otherwise.
import { spawnSync } from "node:child_process"
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { join, resolve } from "node:path"
import { fileURLToPath } from "node:url"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)
const root = fileURLToPath(new URL("..", import.meta.url))
const source = join(root, "packages/promql")
const target = resolve(process.argv[2] ?? join(root, "dist/promql"))

if (!isOurs(target)) {
  console.error(
    `${target} holds something else, which would be removed: choose an empty folder, or one that was packed before.`,
  )
  process.exit(2)
}
rmSync(target, { recursive: true, force: true })
mkdirSync(target, { recursive: true })
compile()
for (const part of ["README.md", "docs"]) cpSync(join(source, part), join(target, part), { recursive: true })
cpSync(join(root, "LICENSE"), join(target, "LICENSE"))
const { private: _private, exports, ...manifest } = JSON.parse(readFileSync(join(source, "package.json"), "utf8"))
const { engines } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"))
writeFileSync(
  join(target, "package.json"),
  `${JSON.stringify({ ...manifest, engines, files: ["dist", "docs"], exports: compiled(exports) }, undefined, 2)}\n`,
)
console.log(target)

function isOurs(folder) {
  if (!existsSync(folder) || readdirSync(folder).length === 0) return true
  const manifest = join(folder, "package.json")
  // The package itself has its sources in it.
  if (!existsSync(manifest) || existsSync(join(folder, "src"))) return false
  return JSON.parse(readFileSync(manifest, "utf8")).name === "@serin/promql"
}

function compile() {
  const folder = mkdtempSync(join(root, "node_modules/.cache-promql-"))
  try {
    const config = join(folder, "tsconfig.json")
    const compilerOptions = {
      noEmit: false,
      declaration: true,
      allowImportingTsExtensions: false,
      rewriteRelativeImportExtensions: true,
      rootDir: join(source, "src"),
      outDir: join(target, "dist"),
    }
    const [include, exclude] = [
      [join(source, "src")],
      ["**/*.test.ts", "**/testing/**"].map((one) => join(source, "src", one)),
    ]
    writeFileSync(config, JSON.stringify({ extends: join(root, "tsconfig.json"), compilerOptions, include, exclude }))
    const compiler = join(root, "node_modules/typescript/bin/tsc")
    const { status } = spawnSync(process.execPath, [compiler, "-p", config], { stdio: "inherit", cwd: root })
    if (status !== 0) throw new Error(`the compiler ended with ${status}`)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** `./src/index.ts` → `./dist/index.js` with `./dist/index.d.ts`. */
function compiled(sources) {
  return Object.fromEntries(
    Object.entries(sources).map(([entry, file]) => {
      const path = file.replace("./src/", "./dist/").replace(/\.ts$/, "")
      return [entry, { types: `${path}.d.ts`, default: `${path}.js` }]
    }),
  )
}
