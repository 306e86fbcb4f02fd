import { fileURLToPath } from "node:url"

/** Where the built programs and data lie, seen from dist/serin.js (see scripts/build.mjs). */
const at = (path: string): string => fileURLToPath(new URL(path, import.meta.url))

export const layout = {
  program: at("./serin.js"),
  nodeEntry: at("./node.js"),
  toolsDir: at("./tools"),
  dataDir: at("./data"),
  webDir: at("./web"),
  podinfo: at("./podinfo"),
} as const
