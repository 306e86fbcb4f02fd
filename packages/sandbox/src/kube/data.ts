import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import type { Json } from "./json.ts"

/** Where the files taken from a real server lie in the source tree; a bundle passes its own folder as `dataDir`. */
export const DATA_DIR = fileURLToPath(new URL("../../data", import.meta.url))

/** The part of it that belongs to the served version. */
export function versionDir(dataDir: string): string {
  return join(dataDir, "kubernetes-1.36.3")
}

/** The version whose behaviour, documents and messages are served. */
export const SERVER_VERSION: Json = {
  major: "1",
  minor: "36",
  emulationMajor: "1",
  emulationMinor: "36",
  minCompatibilityMajor: "1",
  minCompatibilityMinor: "35",
  gitVersion: "v1.36.3",
  gitCommit: "",
  gitTreeState: "clean",
  buildDate: "1970-01-01T00:00:00Z",
  goVersion: "go1.26",
  compiler: "gc",
  platform: "linux/amd64",
}

/** The file as it is: gzip. */
export function readCompressed(dataDir: string, file: string): Buffer {
  return readFileSync(join(dataDir, file))
}

export function readJson(dataDir: string, file: string): unknown {
  return JSON.parse(gunzipSync(readCompressed(dataDir, file)).toString("utf8"))
}
