// The first process in the namespaces of a real world; `run.ts` starts it.
import { writeFileSync } from "node:fs"
import { join } from "node:path"
import type { ReportEntry } from "../../contract/harness/report.ts"
import type { Stage } from "../../../packages/cli/src/story/stage.ts"
import { runFaults } from "./faults/index.ts"
import { worldFolder } from "./namespaces.ts"
import type { Programs } from "./programs.ts"
import { resultsFile, type Use } from "./run.ts"
import { notifyWhenInstalled, playRealStory, realStage } from "./story.ts"
import { startRealWorld, type RealWorld } from "./world.ts"

const print = (line: string) => console.log(line)

const uses: Readonly<Record<Use, (world: RealWorld, programs: Programs, filter: string) => Promise<ReportEntry[]>>> = {
  async story(world, programs) {
    const results = await withStage(world, programs, (stage) => playRealStory(stage, print))
    return results.map((result, index) => ({
      suite: "story",
      topic: `step ${String(index + 1)}`,
      target: "real",
      verdict: result === "seen" ? "passed" : result === "skipped" ? "skipped" : "failed",
    }))
  },
  faults: (world, programs, filter) => withStage(world, programs, (stage) => runFaults(world, stage, filter, print)),
}

async function withStage<T>(world: RealWorld, programs: Programs, run: (stage: Stage) => Promise<T>): Promise<T> {
  const ended = new AbortController()
  const notified = notifyWhenInstalled(world, ended.signal)
  const stage = realStage(world, programs, print)
  try {
    return await run(stage)
  } finally {
    ended.abort()
    await notified
    await stage.close()
  }
}

/** Why something did not come about is mostly in there, and gone with the world. */
function agentsLog({ kubectl }: RealWorld): string {
  const pods = ["-n", "serin-system", "logs", "-l", "app.kubernetes.io/name=serin", "--prefix", "--tail=40"]
  try {
    return kubectl.run(pods)
  } catch (error) {
    return `cannot be read: ${String(error)}`
  }
}

const [use, filter = ""] = process.argv.slice(2) as [Use, string?]
const programs = JSON.parse(process.env["SERIN_PROGRAMS"] ?? "") as Programs
const started = performance.now()
const world = await startRealWorld(programs, print)
print(`the real world was ready after ${((performance.now() - started) / 1000).toFixed(1)} s`)
let entries: readonly ReportEntry[] | undefined
try {
  entries = await uses[use](world, programs, filter)
} finally {
  if (entries?.every(({ verdict }) => verdict !== "failed") !== true)
    print(`the agents' last lines:\n${agentsLog(world)}`)
}
writeFileSync(join(worldFolder(), resultsFile), JSON.stringify(entries))
await world.close()
