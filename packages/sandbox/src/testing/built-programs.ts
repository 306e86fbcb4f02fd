import { existsSync } from "node:fs"
import { chmod, mkdir, mkdtemp, rm } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("../../../..", import.meta.url))
const source = `${root}packages/sandbox/src`

/** The programs that run outside the host process, as `npm run build` makes them. */
export interface BuiltPrograms {
  /** For `NodeOptions.entry`. */
  readonly entry: string
  readonly toolsDir: string
  /** Starts a node with one container, as a host process of its own; see node-host.ts. */
  readonly nodeHost: string
  remove(): Promise<void>
}

const tools = {
  "istio-proxy": `${source}/mesh/proxy-container/main.ts`,
  hey: `${source}/load/hey.ts`,
  curl: `${source}/load/curl.ts`,
}

/** Builds them from the sources as they are now; below node_modules, where native dependencies are found. */
export async function buildPrograms(): Promise<BuiltPrograms> {
  const cache = `${root}node_modules/.cache`
  await mkdir(cache, { recursive: true })
  const folder = await mkdtemp(`${cache}/serin-`)
  // For tests that run them as another user.
  await chmod(folder, 0o755)
  const common = { bundle: true, platform: "node", target: "node20.19", logLevel: "error" } as const
  await Promise.all([
    build({
      ...common,
      format: "esm",
      entryPoints: { node: `${source}/node/main.ts`, "node-host": `${source}/testing/node-host.ts` },
      outdir: folder,
      outExtension: { ".js": ".mjs" },
      external: ["@lydell/node-pty"],
      banner: {
        js: 'import { createRequire as $require } from "node:module"; const require = $require(import.meta.url);',
      },
    }),
    build({
      ...common,
      // Loaded with --require.
      format: "cjs",
      entryPoints: [`${source}/node/preload/hook.ts`],
      outfile: `${folder}/tools/preload.cjs`,
    }),
    build({
      ...common,
      format: "esm",
      entryPoints: Object.fromEntries(Object.entries(tools).filter(([, file]) => existsSync(file))),
      outdir: `${folder}/tools`,
      outExtension: { ".js": ".mjs" },
    }),
  ])
  return {
    entry: `${folder}/node.mjs`,
    toolsDir: `${folder}/tools`,
    nodeHost: `${folder}/node-host.mjs`,
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
