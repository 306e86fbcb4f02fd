import { readFileSync } from "node:fs"
import { unwrap } from "../../../packages/agent/src/errors.ts"
import type { Audited } from "./audit.ts"
import { untilQuiet, untilSynced } from "./measure.ts"
import { applyRequests, sendPlainly } from "./plain.ts"
import { system, type CostWorld } from "./world.ts"

/** One sync of a repository of which nothing is in the cluster. Times by the API server's clock. */
export interface ColdSync {
  /** From the first dry run to the last. */
  readonly tryMs: number
  /** From when the first object is applied until the last one is there. */
  readonly applyMs: number
  /** From when the first object is applied until the status says that the revision is synced. */
  readonly syncedMs: number
  readonly requests: readonly Audited[]
  /** CPU time of the agent in it. */
  readonly cpuMs: number
}

/** The agent syncs 1,001 objects that were never there, in a namespace of their own. */
export async function coldSync(world: CostWorld, name: string): Promise<ColdSync> {
  const { admin, agent, audit, git } = world
  const { commit } = await git.seed(name, name)
  const metadata = { name, namespace: system }
  const repository = { apiVersion: "serin.dev/v1alpha1", kind: "Repository", metadata }
  const auth = { secretRef: { name: "serin-auth-config" } }
  const spec = { url: git.url(name), interval: "1h", auth, serviceAccountName: "serin-apply" }
  const [mark, cpu] = [audit.mark(), cpuMs(agent.pid)]
  unwrap(await admin.apply({ ...repository, spec }))
  await untilSynced(world, name, commit)
  const used = cpuMs(agent.pid) - cpu
  await untilQuiet(world, 2_000)
  // It is let go of, and what it applied stays: nothing of it is at work in the next round.
  unwrap(await admin.delete({ ...repository, ...metadata }))
  await untilQuiet(world, 2_000)
  return coldSyncOf(audit.since(mark), used)
}

export function coldSyncOf(audited: readonly Audited[], cpuMsUsed: number): ColdSync {
  const requests = audited.filter(({ kind }) => kind === "request")
  const tried = requests.filter(({ what }) => what.endsWith("(dry run)"))
  const applied = requests.filter(({ what }) => /^apply (namespaces|configmaps)$/.test(what))
  const said = requests.filter(({ what }) => what === "patch repositories/status")
  const began = Math.min(...applied.map(({ from }) => from))
  return {
    tryMs: spanMs(tried),
    applyMs: spanMs(applied),
    syncedMs: Math.max(...said.map(({ to }) => to)) - began,
    requests,
    cpuMs: cpuMsUsed,
  }
}

/** The same requests for other objects, from a loop that does nothing else: milliseconds. */
export async function plainLoop({ plane, audit, agentToken, git }: CostWorld, name: string): Promise<number> {
  const { folder } = await git.seed(name, name)
  const requests = applyRequests(folder, `${system}/${name}`)
  const mark = audit.mark()
  await sendPlainly(plane, agentToken, requests, name)
  const sent = audit.since(mark).filter(({ userAgent }) => userAgent === name)
  if (sent.length !== requests.length)
    throw new Error(
      `${String(sent.length)} of ${String(requests.length)} requests of the plain loop are in the audit log`,
    )
  return spanMs(sent)
}

function spanMs(requests: readonly Audited[]): number {
  return Math.max(...requests.map(({ to }) => to)) - Math.min(...requests.map(({ from }) => from))
}

/** CPU time of a process so far, in milliseconds. */
export function cpuMs(pid: number): number {
  const fields =
    readFileSync(`/proc/${String(pid)}/stat`, "utf8")
      .split(") ")[1]
      ?.split(" ") ?? []
  return (Number(fields[11]) + Number(fields[12])) * 10
}

/** What a process holds now and held at most, in MB. */
export function memory(pid: number): { readonly now: number; readonly peak: number } {
  const status = readFileSync(`/proc/${String(pid)}/status`, "utf8")
  const read = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1]) / 1024
  return { now: read("VmRSS"), peak: read("VmHWM") }
}
