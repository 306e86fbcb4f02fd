import { existsSync } from "node:fs"
import { mkdir, mkdtemp, rm } from "node:fs/promises"
import { fileURLToPath } from "node:url"
import { build } from "esbuild"

const root = fileURLToPath(new URL("../../../..", import.meta.url))
const source = `${root}packages/sandbox/src`

/** The programs that run outside the host process, as `npm run build` makes them. */
export interface BuiltPrograms {
  /** For `NodeOptions.entry`. */
  readonly entry: string
  readonly toolsDir: string
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
  const common = { bundle: true, platform: "node", target: "node20.19", logLevel: "error" } as const
  await Promise.all([
    build({
      ...common,
      format: "esm",
      entryPoints: [`${source}/node/main.ts`],
      outfile: `${folder}/node.mjs`,
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
    remove: () => rm(folder, { recursive: true, force: true }),
  }
}
