// Builds dist/: the `serin` command, the node process of the embedded world, the programs that pods get, the web page
// and the data files. One file per program, so that a world boots without reading a thousand modules.
import { build } from "esbuild"
import { build as buildPage } from "vite"
import { cpSync, rmSync, chmodSync } from "node:fs"
import { fileURLToPath } from "node:url"

const root = fileURLToPath(new URL("..", import.meta.url))
rmSync(`${root}dist`, { recursive: true, force: true })

const common = {
  absWorkingDir: root,
  bundle: true,
  platform: "node",
  target: "node20.19",
  logLevel: "warning",
  legalComments: "none",
  sourcemap: "linked",
  sourcesContent: false,
}
const modules = {
  ...common,
  format: "esm",
  // Dependencies in CommonJS ask for require.
  banner: {
    js: 'import { createRequire as __createRequire } from "node:module"; const require = __createRequire(import.meta.url);',
  },
  // Holds a native binary, found from its own folder.
  external: ["@lydell/node-pty", "cpu-features", "*.node"],
}
await Promise.all([
  build({
    ...modules,
    outdir: "dist",
    splitting: true,
    chunkNames: "chunks/[hash]",
    entryPoints: {
      serin: "packages/cli/src/main.ts",
      agent: "packages/cli/src/agent-main.ts",
      node: "packages/sandbox/src/node/main.ts",
    },
    banner: modules.banner,
  }),
  build({
    ...common,
    format: "cjs",
    outdir: "dist/tools",
    entryPoints: { hey: "packages/sandbox/src/load/main.ts", curl: "packages/sandbox/src/load/curl-main.ts" },
  }),
  buildPage({ root: `${root}packages/web`, logLevel: "warn", build: { outDir: `${root}dist/web`, emptyOutDir: true } }),
])
cpSync(`${root}packages/sandbox/data`, `${root}dist/data`, { recursive: true })
cpSync(`${root}examples/podinfo`, `${root}dist/podinfo`, { recursive: true })
chmodSync(`${root}dist/serin.js`, 0o755)
