import { counted } from "./audit.ts"
import { coldSync, coldSyncOf, cpuMs, memory, plainLoop, type ColdSync } from "./cold.ts"
import { idle, oneChange, untilQuiet, untilSynced, type Cost } from "./measure.ts"
import type { CostWorld } from "./world.ts"

export interface Idle extends Cost {
  /** Of the agent, in the time. */
  readonly cpuMs: number
  /** Of the agent, MB. */
  readonly memory: number
}

export interface Round {
  readonly plainMs: number
  readonly serin: ColdSync
}

/** What Serin costs the API server, from one run on one machine. */
export interface Comparison {
  readonly idle: Idle
  readonly change: Cost
  /** Of the Repository with its inventory of 1,001 objects. */
  readonly statusBytes: number
  /** Of a process that has just begun. */
  readonly first: ColdSync
  readonly rounds: readonly Round[]
  readonly memory: { readonly now: number; readonly peak: number }
}

export interface ComparisonOptions {
  readonly idleSeconds: number
  readonly rounds: number
  readonly say: (line: string) => void
}

/** Idle, one change, and cold syncs in turn with the plain loop, after one of each that is not counted. */
export async function compare(world: CostWorld, { idleSeconds, rounds, say }: ComparisonOptions): Promise<Comparison> {
  const { agent, audit } = world
  await untilSynced(world, "config", world.seeded)
  const cpu = cpuMs(agent.pid)
  await untilQuiet(world)
  const first = coldSyncOf(audit.since(0), cpu)
  say(`nothing changes for ${String(idleSeconds)} s`)
  const idled = await measureIdle(world, idleSeconds)
  say("one change")
  // The first push that a webhook tells of opens the watch of the webhook's key: once in the life of a process.
  await oneChange(world, "second")
  const change = await oneChange(world, "third")
  const statusBytes = Buffer.byteLength(JSON.stringify(await world.status("config")))
  say(`cold syncs, ${String(rounds)} rounds`)
  await plainLoop(world, "plain-0")
  await coldSync(world, "serin-0")
  const measured: Round[] = []
  for (let round = 1; round <= rounds; round += 1) {
    // Who goes first has the smaller database: they take turns.
    const plainFirst = round % 2 === 1
    const before = plainFirst ? await plainLoop(world, `plain-${String(round)}`) : undefined
    const serin = await coldSync(world, `serin-${String(round)}`)
    measured.push({ plainMs: before ?? (await plainLoop(world, `plain-${String(round)}`)), serin })
  }
  return { idle: idled, change, statusBytes, first, rounds: measured, memory: memory(agent.pid) }
}

async function measureIdle(world: CostWorld, seconds: number): Promise<Idle> {
  const before = cpuMs(world.agent.pid)
  const cost = await idle(world, seconds)
  return { ...cost, cpuMs: cpuMs(world.agent.pid) - before, memory: memory(world.agent.pid).now }
}

/** A line of the table: what, how much, what it must not exceed. */
export type Row = readonly [what: string, measured: string, limit: string]

export function rowsOf({ idle: still, change, statusBytes, rounds, first, memory: held }: Comparison): Row[] {
  const perMinute = (count: number): string => ((count * 60) / still.seconds).toFixed(still.seconds % 60 === 0 ? 0 : 1)
  const of = (value: (round: Round) => number): string => spread(rounds.map(value))
  const seconds = (value: (round: Round) => number): string => of((round) => value(round) / 1000)
  const one = rounds[0]?.serin.requests ?? []
  return [
    [`Idle for ${String(still.seconds)} s: requests per minute`, perMinute(total(still)), "0"],
    ["beside them: requests for the Lease per minute", perMinute(still.leaseRequests), ""],
    ["beside them: watches opened anew", String(still.watchesOpened), ""],
    ["the agent meanwhile", `${percent(still.cpuMs, still.seconds * 1000)} of a CPU, ${mb(still.memory)}`, ""],
    ["One change in 1,001 objects: requests", list(change.requests), "1 apply, 1 status write"],
    ["size of the status that is written", `${(statusBytes / 1000).toFixed(0)} kB`, ""],
    ["Cold, 1,001 objects: plain loop of the same applies, 32 connections, s", seconds(({ plainMs }) => plainMs), ""],
    ["Serin, from the first object applied to the last one there, s", seconds(({ serin }) => serin.applyMs), ""],
    ["as a multiple of the plain loop", of(({ serin, plainMs }) => serin.applyMs / plainMs), "1.3"],
    [
      "Serin, from the first object applied until the status says synced, s",
      seconds(({ serin }) => serin.syncedMs),
      "",
    ],
    ["as a multiple of the plain loop", of(({ serin, plainMs }) => serin.syncedMs / plainMs), "1.3"],
    ["before that, the dry run of the whole revision, s", seconds(({ serin }) => serin.tryMs), ""],
    [
      "dry run and applying, as a multiple of the plain loop",
      of(({ serin, plainMs }) => (serin.tryMs + serin.syncedMs) / plainMs),
      "",
    ],
    ["all requests of one cold sync", list(counted(one)), ""],
    ["CPU time of the agent for a cold sync, s", seconds(({ serin }) => serin.cpuMs), ""],
    ["the very first one of a process that has just begun: applying, s", (first.syncedMs / 1000).toFixed(2), ""],
    ["memory of the agent after all of them, and at most", `${mb(held.now)}, ${mb(held.peak)}`, ""],
  ]
}

const total = ({ requests }: Cost): number => Object.values(requests).reduce((sum, count) => sum + count, 0)

const list = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .map(([what, count]) => `${String(count)} ${what}`)
    .join(", ")

const percent = (part: number, whole: number): string => `${((part / whole) * 100).toFixed(1)} %`
const mb = (value: number): string => `${value.toFixed(0)} MB`

/** `1.21 (1.10–1.30)`: the median, and between what. */
function spread(values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (index: number): string => (sorted[index] ?? Number.NaN).toFixed(2)
  return `${at(Math.floor(sorted.length / 2))} (${at(0)}–${at(sorted.length - 1)})`
}
