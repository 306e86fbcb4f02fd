import { fileURLToPath } from "node:url"

/** Where the built programs and data lie, seen from dist/serin.js (see scripts/build.mjs). */
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

/** Chunks of the bundle lie one folder below dist/. */
const dist = /\/chunks\/[^/]+$/.test(import.meta.url) ? ".." : "."

export const layout = {
  program: at(`${dist}/serin.js`),
  nodeEntry: at(`${dist}/node.js`),
  toolsDir: at(`${dist}/tools`),
  dataDir: at(`${dist}/data`),
  webDir: at(`${dist}/web`),
  podinfo: at(`${dist}/podinfo`),
} as const
