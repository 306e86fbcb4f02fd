import { goProgram } from "./go-program.ts"
import { Judge } from "./promql/judge.ts"
import { againstNewer } from "./promql/newer.ts"
import { againstOlder } from "./promql/older.ts"
import { Random } from "../../packages/promql/src/fuzz/random.ts"
import { runDifferential } from "./promql/run-differential.ts"
import { judgeSuites } from "./promql/suites.ts"
import type { RealSuite, RunOptions } from "./suite.ts"

const queries = 5_000
/** The same each time: what is red was not so by chance. */
const usualSeed = 1

/** PromQL by Prometheus' own engines: our scripts' expectations, and random queries. */
export const promql: RealSuite = {
  name: "promql",
  about: "PromQL: our test scripts and random queries on the engines of Prometheus 3 and of Debian's prometheus",
  packages: { prometheus: "prometheus", promtool: "prometheus" },
  build: (print) => goProgram("promql", print),
  run,
}

async function run(options: RunOptions): Promise<void> {
  const { filter, update, print, seed = usualSeed } = options
  const wanted = (topic: string) => topic.includes(filter)
  const judge = await Judge.start(print)
  try {
    if (wanted("scripts")) await runSuites(judge, options)
    if (update) return
    print(`random queries of seed ${String(seed)} (again with --seed ${String(seed)})`)
    if (wanted("older")) await runDifferential("older", againstOlder(judge, new Random(seed), queries), options)
    if (wanted("newer")) await runDifferential("newer", againstNewer(judge, new Random(seed), queries), options)
  } finally {
    judge.close()
  }
}

async function runSuites(judge: Judge, { update, report, print }: RunOptions): Promise<void> {
  for (const { name, total, failed } of await judgeSuites(judge, update)) {
    for (let count = 0; count < total - failed.length; count += 1)
      report.add({ suite: "promql", topic: name, target: "real", verdict: "passed" })
    for (const failure of failed) {
      print(`✗ ${failure}`)
      report.add({ suite: "promql", topic: name, target: "real", verdict: "failed" })
    }
  }
}
