import { counted, type Audited } from "./audit.ts"
import type { CostWorld } from "./world.ts"

/** What the API server was asked for in some time. */
export interface Cost {
  readonly seconds: number
  /** Everything but watches and the Lease. */
  readonly requests: Readonly<Record<string, number>>
  readonly watchesOpened: number
  readonly leaseRequests: number
}

export function costOf(requests: readonly Audited[], seconds: number): Cost {
  const of = (kind: Audited["kind"]) => requests.filter((request) => request.kind === kind)
  return {
    seconds,
    requests: counted(of("request")),
    watchesOpened: of("watch").length,
    leaseRequests: of("lease").length,
  }
}

/** Waits until a Repository says that it has applied a commit. */
export async function untilSynced(world: CostWorld, repository: string, commit: string): Promise<void> {
  const deadline = Date.now() + 120_000
  for (;;) {
    const { revision, conditions = [] } = await world.status(repository)
    if (revision === commit) return
    const end = world.agent.exited()
    if (end !== undefined) throw new Error(`the agent ended (${end}):\n${world.agent.tail()}`)
    if (Date.now() > deadline) {
      const said = conditions.map(({ type, message }) => `${type}: ${message}`).join("\n")
      throw new Error(`${repository} did not sync ${commit} within 120 s:\n${said}\n${world.agent.tail()}`)
    }
    await pause(100)
  }
}

/** Waits until nothing but watches and the Lease was asked for during `quietMs`. */
export async function untilQuiet({ audit }: CostWorld, quietMs = 5_000): Promise<void> {
  const deadline = Date.now() + 60_000
  for (;;) {
    const mark = audit.mark()
    await pause(quietMs)
    const asked = audit.since(mark).filter(({ kind }) => kind === "request")
    if (asked.length === 0) return
    if (Date.now() > deadline)
      throw new Error(`the agent does not come to rest; in the last seconds: ${JSON.stringify(counted(asked))}`)
  }
}

/** Waits until something was asked for after a mark. */
export async function untilSeen({ audit, agent }: CostWorld, mark: number, what: string): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!audit.since(mark).some((request) => request.what === what)) {
    if (Date.now() > deadline) throw new Error(`nobody asked for "${what}" within 60 s:\n${agent.tail()}`)
    await pause(200)
  }
}

/** What it costs when nothing changes. */
export async function idle({ audit }: CostWorld, seconds: number): Promise<Cost> {
  const mark = audit.mark()
  await pause(seconds * 1000)
  return costOf(audit.since(mark), seconds)
}

/** What a push costs that changes one object of the 1,001, until all is at rest again. */
export async function oneChange(world: CostWorld, value: string): Promise<Cost> {
  const began = Date.now()
  const mark = world.audit.mark()
  const commit = await world.git.change("config", "cost", 500, value)
  await untilSynced(world, "config", commit)
  await untilQuiet(world)
  return costOf(world.audit.since(mark), (Date.now() - began) / 1000)
}

const pause = (ms: number): Promise<void> =>
  new Promise((resolve) => {
    setTimeout(resolve, ms)
  })
