import { deepStrictEqual, ok } from "node:assert/strict"
import { counted } from "./cost/audit.ts"
import { coldSync } from "./cost/cold.ts"
import { configMaps } from "./cost/config-repository.ts"
import { idle, oneChange, untilQuiet, untilSeen, untilSynced } from "./cost/measure.ts"
import { startCostWorld, type CostWorld } from "./cost/world.ts"
import { goProgram } from "./go-program.ts"
import type { RealSuite } from "./suite.ts"

/** Longer than the minute after which a webhook that was missed is made up for, and three looks at the git host. */
const idleSeconds = 65

interface CostCase {
  readonly name: string
  readonly run: (world: CostWorld) => Promise<void>
}

const cases: readonly CostCase[] = [
  {
    name: "idle/nothing is asked for but watches and the Lease",
    run: async (world) => {
      const { requests, leaseRequests } = await idle(world, idleSeconds)
      deepStrictEqual(requests, {})
      ok(leaseRequests > 0, "the agent holds no Lease: this is not how it runs in a cluster")
    },
  },
  {
    name: "change/the first push that a webhook tells of opens the watch of the webhook's key",
    run: async (world) => {
      const { requests } = await oneChange(world, "second")
      deepStrictEqual(requests, { "list secrets": 1, "apply configmaps": 1, "patch repositories/status": 1 })
    },
  },
  {
    name: "change/one object of 1,001 costs one apply and one write of the status",
    run: async (world) => {
      const { requests } = await oneChange(world, "third")
      deepStrictEqual(requests, { "apply configmaps": 1, "patch repositories/status": 1 })
    },
  },
  {
    name: "cold/1,001 new objects cost a dry run and an apply each, and what one object costs",
    run: async (world) => {
      const {
        "apply namespaces": namespaces,
        "apply namespaces (dry run)": namespaceTrials,
        "apply configmaps": applied,
        "apply configmaps (dry run)": tried,
        "patch repositories/status": written = 0,
        ...others
      } = counted((await coldSync(world, "cold")).requests)
      deepStrictEqual([namespaces, namespaceTrials, applied, tried], [1, 1, configMaps, configMaps])
      ok(written <= 3, `${String(written)} writes of the status`)
      deepStrictEqual(others, { "list configmaps": 1, "list namespaces": 1 })
    },
  },
  // What a new process knows nothing of is listed and watched.
  {
    name: "restart/a new process neither applies nor reads one by one what it finds as it should be",
    run: async (world) => {
      const mark = world.audit.mark()
      await world.restartAgent()
      await untilSeen(world, mark, "watch namespaces")
      await untilQuiet(world)
      const asked = counted(world.audit.since(mark).filter(({ kind }) => kind === "request"))
      deepStrictEqual(
        Object.keys(asked).filter((what) => !/^(list \w+|get \/apis?)$/.test(what)),
        [],
      )
    },
  },
]

/** What Serin asks the API server for, by that server's audit log. */
export const cost: RealSuite = {
  name: "cost",
  about: "what the agent asks a real API server for: idle, for one change in 1,001 objects, and for all of them",
  packages: {},
  build: (print) => goProgram("kubernetes", print),
  async run({ filter, target, report, print }) {
    const chosen = cases.filter(({ name }) => name.includes(filter))
    if (target === "embedded" || chosen.length === 0) return
    const world = await startCostWorld(print)
    try {
      await untilSynced(world, "config", world.seeded)
      await untilQuiet(world)
      for (const { name, run } of chosen) {
        const failure = await run(world).then(() => undefined, reasonOf)
        if (failure !== undefined) print(`✗ cost/${name}\n${failure}`)
        const topic = name.slice(0, name.indexOf("/"))
        report.add({ suite: "cost", topic, target: "real", verdict: failure === undefined ? "passed" : "failed" })
      }
    } finally {
      await world.close()
    }
  },
}

const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
