import { Judge } from "./promql/judge.ts"
import { judgeSuites } from "./promql/suites.ts"
import type { RealSuite, RunOptions } from "./suite.ts"

/** PromQL by Prometheus' own engines: our scripts' expectations, and random queries. */
export const promql: RealSuite = {
  name: "promql",
  about: "PromQL: our test scripts and random queries on the engines of Prometheus 3 and of Debian's prometheus",
  packages: { prometheus: "prometheus", promtool: "prometheus" },
  run,
}

async function run({ update, report, print }: RunOptions): Promise<void> {
  const judge = await Judge.start(print)
  try {
    for (const { name, total, failed } of await judgeSuites(judge, update)) {
      for (let count = 0; count < total - failed.length; count += 1)
        report.add({ suite: "promql", topic: name, target: "real", verdict: "passed" })
      for (const failure of failed) {
        print(`✗ ${failure}`)
        report.add({ suite: "promql", topic: name, target: "real", verdict: "failed" })
      }
    }
  } finally {
    judge.close()
  }
}
