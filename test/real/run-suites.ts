import type { RealSuite, RunOptions } from "./suite.ts"

/** One after the other, in the order given; neighbours that mostly wait run beside each other. Says how long each took. */
export async function runSuites(suites: readonly RealSuite[], options: RunOptions): Promise<void> {
  const took: string[] = []
  for (const group of besideEachOther(suites)) {
    const one = async (suite: RealSuite): Promise<void> => {
      const print = group.length > 1 ? (line: string) => options.print(`${suite.name}: ${line}`) : options.print
      if (suites.length > 1) options.print(`## ${suite.name}`)
      const began = Date.now()
      await suite.run({ ...options, print })
      took.push(`${suite.name} ${((Date.now() - began) / 1000).toFixed(0)} s`)
    }
    const ended = await Promise.allSettled(group.map(one))
    for (const result of ended) if (result.status === "rejected") throw result.reason
  }
  options.print(`\ntook: ${took.join(", ")}`)
}

function besideEachOther(suites: readonly RealSuite[]): RealSuite[][] {
  const groups: RealSuite[][] = []
  for (const suite of suites) {
    const last = groups.at(-1)
    if (suite.waits && last?.[0]?.waits) last.push(suite)
    else groups.push([suite])
  }
  return groups
}
