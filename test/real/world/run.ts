import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { ReportEntry } from "../../contract/harness/report.ts"
import { runInside } from "./namespaces.ts"
import { getPrograms } from "./programs.ts"

/** What can be done with a world. */
export type Use = "story" | "faults"

const entry = fileURLToPath(new URL("./inside.ts", import.meta.url))
const meshEntry = fileURLToPath(new URL("./inside-mesh.ts", import.meta.url))

/** Where the program in there leaves what came of each case. */
export const resultsFile = "results.json"

/** Debian's packages of the programs that a cluster is made of. */
export const clusterPackages = {
  "/usr/lib/cni/bridge": "containernetworking-plugins",
  cc: "gcc",
  containerd: "containerd",
  crun: "crun",
  "docker-registry": "docker-registry",
  hey: "hey",
  ip: "iproute2",
  nft: "nftables",
  unshare: "util-linux",
} as const

/** Those of a whole world. */
export const worldPackages = {
  ...clusterPackages,
  git: "git",
  prometheus: "prometheus",
  ssh: "openssh-client",
} as const

/** Starts a real world, uses it (of its cases, those whose name holds `filter`), stops it, and resolves to what was reported. */
export function withRealWorld(use: Use, filter: string, print: (line: string) => void): Promise<ReportEntry[]> {
  return inside([entry, use, filter], print)
}

/** What the program in there is told of a run. */
export interface MeshRun {
  readonly filter: string
  readonly update: boolean
  /** The embedded one runs beside the real one. */
  readonly embedded: boolean
}

/** Starts a cluster, judges the mesh by it, stops it, and resolves to what was reported. */
export function judgeMeshInside(run: MeshRun, print: (line: string) => void): Promise<ReportEntry[]> {
  return inside([meshEntry, JSON.stringify(run)], print)
}

async function inside(command: readonly string[], print: (line: string) => void): Promise<ReportEntry[]> {
  const programs = await getPrograms(print)
  let results: ReportEntry[] | undefined
  const code = await runInside({
    command,
    environment: { SERIN_PROGRAMS: JSON.stringify(programs) },
    print,
    collect: (folder) => {
      const file = join(folder, resultsFile)
      if (existsSync(file)) results = JSON.parse(readFileSync(file, "utf8")) as ReportEntry[]
    },
  })
  if (results === undefined) throw new Error(`the real world ended with ${String(code)} before it had any result`)
  return results
}
