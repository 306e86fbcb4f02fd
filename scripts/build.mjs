// Builds dist/: the `serin` command, the node process of the embedded world, the programs that pods get, the web page
// and the data files. Few files, so that a world boots without reading a thousand modules.
import { chmodSync, cpSync, rmSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { requireNode } from "./node-version.mjs"

requireNode(process.versions.node)
const { build } = await import("esbuild")
const { build: buildPage } = await import("vite")

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
await Promise.all([
  build({
    ...common,
    format: "esm",
    outdir: "dist",
    entryPoints: { cli: "packages/cli/src/main.ts", node: "packages/sandbox/src/node/main.ts" },
    // Dependencies in CommonJS ask for require, and ssh2 for its folder (to find a program for Windows).
    banner: {
      js: 'import { createRequire as $createRequire } from "node:module"; const require = $createRequire(import.meta.url), __dirname = import.meta.dirname;',
    },
    // Hold native binaries, found from their own folders; the last is 15 MB that only kubeconfigs with plugins need.
    external: ["@lydell/node-pty", "cpu-features", "*.node", "@kubernetes/client-node"],
  }),
  build({
    ...common,
    format: "esm",
    outdir: "dist/tools",
    outExtension: { ".js": ".mjs" },
    entryPoints: {
      hey: "packages/sandbox/src/load/hey.ts",
      curl: "packages/sandbox/src/load/curl.ts",
      "istio-proxy": "packages/sandbox/src/mesh/proxy-container/main.ts",
    },
  }),
  // Loaded with --require.
  build({
    ...common,
    format: "cjs",
    entryPoints: ["packages/sandbox/src/node/preload/hook.ts"],
    outfile: "dist/tools/preload.cjs",
  }),
  buildPage({ root: `${root}packages/web`, logLevel: "warn", build: { outDir: `${root}dist/web`, emptyOutDir: true } }),
])
cpSync(`${root}packages/sandbox/data`, `${root}dist/data`, { recursive: true })
cpSync(`${root}examples/podinfo`, `${root}dist/podinfo`, { recursive: true })
// The program's first file is not bundled: it has to be read by a Node that is too old for the rest.
cpSync(`${root}scripts/node-version.mjs`, `${root}dist/node-version.mjs`)
cpSync(`${root}scripts/serin.mjs`, `${root}dist/serin.js`)
chmodSync(`${root}dist/serin.js`, 0o755)
