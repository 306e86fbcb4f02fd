// The first process in the namespaces of a cluster that judges the mesh; `run.ts` starts it.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { compare } from "../../contract/harness/compare.ts"
import { Report } from "../../contract/harness/report.ts"
import { meshContract } from "../../contract/mesh/contract.ts"
import { startEmbedded } from "../../contract/mesh/embedded.ts"
import { realTarget } from "./mesh-target.ts"
import { startCluster } from "./cluster.ts"
import { worldFolder } from "./namespaces.ts"
import type { Programs } from "./programs.ts"
import { resultsFile, type MeshRun } from "./run.ts"

const print = (line: string) => console.log(line)
const { filter, update, embedded: withEmbedded } = JSON.parse(process.argv[2] ?? "") as MeshRun
const programs = JSON.parse(process.env["SERIN_PROGRAMS"] ?? "") as Programs
const since = (started: number) => `${((performance.now() - started) / 1000).toFixed(1)} s`

const started = performance.now()
const cluster = await startCluster(programs, print)
const real = await realTarget(cluster)
const embedded = withEmbedded ? await startEmbedded() : undefined
print(`the worlds were ready after ${since(started)}`)
const begun = performance.now()
const report = new Report()
await compare({
  contract: meshContract,
  filter,
  real,
  ...(embedded !== undefined && { embedded }),
  update,
  report,
  print,
})
print(`the cases took ${since(begun)}`)
writeFileSync(join(worldFolder(), resultsFile), JSON.stringify(report.entries))
await embedded?.close()
await cluster.close()
