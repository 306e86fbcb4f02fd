import { existsSync, readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import type { ReportEntry } from "../../contract/harness/report.ts"
import { runInside } from "./namespaces.ts"
import { getPrograms } from "./programs.ts"

/** What can be done with a world. */
export type Use = "story" | "faults"

const entry = fileURLToPath(new URL("./inside.ts", import.meta.url))

/** Where the program in there leaves what came of each case. */
export const resultsFile = "results.json"

/** Debian's packages of the programs that a world is made of. */
export const worldPackages = {
  "/usr/lib/cni/bridge": "containernetworking-plugins",
  cc: "gcc",
  containerd: "containerd",
  crun: "crun",
  "docker-registry": "docker-registry",
  git: "git",
  hey: "hey",
  ip: "iproute2",
  nft: "nftables",
  prometheus: "prometheus",
  ssh: "openssh-client",
  unshare: "util-linux",
} as const

/** Starts a real world, uses it (of its cases, those whose name holds `filter`), stops it, and resolves to what was reported. */
export async function withRealWorld(use: Use, filter: string, print: (line: string) => void): Promise<ReportEntry[]> {
  const programs = await getPrograms(print)
  let results: ReportEntry[] | undefined
  const code = await runInside({
    command: [entry, use, filter],
    environment: { SERIN_PROGRAMS: JSON.stringify(programs) },
    collect: (folder) => {
      const file = join(folder, resultsFile)
      if (existsSync(file)) results = JSON.parse(readFileSync(file, "utf8")) as ReportEntry[]
    },
  })
  if (results === undefined) throw new Error(`the real world ended with ${String(code)} before it had any result`)
  return results
}
