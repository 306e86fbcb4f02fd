import { afterEach, expect, test } from "vitest"
import { ok } from "../errors.ts"
import { KubeFailure, type KubeClient, type KubeObject } from "../kube/index.ts"
import { ManualClock } from "../runtime/index.ts"
import { Election } from "./election.ts"
import { leaseDurationMs, renewDeadlineMs, type Lease } from "./lease.ts"

/** The part of an API server that a Lease needs: one object, optimistic concurrency, and a switch to take it away. */
class LeaseServer {
  lease: Lease | undefined
  readonly away = new Set<string>()
  reads = 0
  #version = 0

  client(replica: string): KubeClient {
    const unreachable = () => ({ ok: false as const, error: new KubeFailure("KUBE_UNREACHABLE", "no answer") })
    const store = (lease: Lease) => {
      this.#version += 1
      this.lease = { ...lease, metadata: { ...lease.metadata, resourceVersion: String(this.#version) } }
      return Promise.resolve(ok(this.lease))
    }
    const conflict = () => Promise.resolve({ ok: false as const, error: new KubeFailure("KUBE_CONFLICT", "conflict") })
    const part = {
      get: () => {
        this.reads += 1
        if (this.away.has(replica)) return Promise.resolve(unreachable())
        if (this.lease !== undefined) return Promise.resolve(ok(this.lease))
        return Promise.resolve({ ok: false as const, error: new KubeFailure("KUBE_NOT_FOUND", "not found") })
      },
      create: (lease: Lease) => (this.lease === undefined ? store(lease) : conflict()),
      patch: (_ref: unknown, _type: unknown, patch: Lease) => {
        if (this.away.has(replica)) return Promise.resolve(unreachable())
        if (this.lease === undefined || patch.metadata.resourceVersion !== this.lease.metadata.resourceVersion)
          return conflict()
        return store({ ...this.lease, metadata: { ...this.lease.metadata, ...patch.metadata }, spec: patch.spec ?? {} })
      },
    }
    return part as unknown as KubeClient & KubeObject
  }
}

const elections: Election[] = []
afterEach(async () => {
  for (const election of elections.splice(0)) await election.close()
})

function candidate(server: LeaseServer, clock: ManualClock, name: string, monotonic = () => clock.now()): Election {
  const addresses = { address: `${name}:8080`, hooksAddress: `${name}:8081` }
  const election = new Election({
    kube: server.client(name),
    namespace: "serin-system",
    candidate: { name, ...addresses },
    clock,
    monotonic,
    log: () => undefined,
  })
  elections.push(election)
  return election
}

test("one of two leads, and the other knows where", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()]
  const a = candidate(server, clock, "a")
  await clock.advance(100)
  const b = candidate(server, clock, "b")
  await clock.advance(60_000)
  expect([a.leads(), b.leads()]).toEqual([true, false])
  expect(b.leader()).toEqual({ address: "a:8080", hooksAddress: "a:8081" })
  expect(a.leader()).toBeUndefined()
})

test("a leader renews by one request each, and reads what somebody else wrote into the lease", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()]
  const a = candidate(server, clock, "a")
  await clock.advance(100)
  const before = server.reads
  await clock.advance(60_000)
  expect([a.leads(), server.reads]).toEqual([true, before])
  const { lease } = server
  if (lease)
    server.lease = { ...lease, metadata: { ...lease.metadata, labels: { seen: "yes" }, resourceVersion: "other" } }
  await clock.advance(20_000)
  expect([a.leads(), server.reads]).toEqual([true, before + 1])
})

test("a leader that is cut off stops acting before another takes over", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()]
  const a = candidate(server, clock, "a")
  await clock.advance(100)
  const b = candidate(server, clock, "b")
  await clock.advance(3_000)
  server.away.add("a")
  let [stopped, taken] = [Number.NaN, Number.NaN]
  for (let waited = 0; Number.isNaN(taken) && waited < 20_000; waited += 100) {
    await clock.advance(100)
    expect(a.leads() && b.leads()).toBe(false)
    if (!a.leads() && Number.isNaN(stopped)) stopped = waited
    if (b.leads()) taken = waited
  }
  expect(stopped).toBeLessThanOrEqual(renewDeadlineMs)
  expect(taken).toBeGreaterThan(stopped)
  expect(taken).toBeLessThan(15_000)
})

test("a leader that goes gives the lease up: another takes over at its next try", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()]
  const a = candidate(server, clock, "a")
  await clock.advance(100)
  const b = candidate(server, clock, "b")
  await clock.advance(100)
  await a.close()
  await clock.advance(2_000)
  expect([a.leads(), b.leads()]).toEqual([false, true])
})

test("a process that was stopped does not act on the lease that it held when it wakes up", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()]
  let asleep = 0
  const a = candidate(server, clock, "a", () => clock.now() + asleep)
  await clock.advance(100)
  expect(a.leads()).toBe(true)
  asleep = leaseDurationMs
  expect(a.leads()).toBe(false)
})

test("a clock that is wrong takes nothing from anybody: only what is seen not to change counts", async () => {
  const [server, clock] = [new LeaseServer(), new ManualClock()]
  server.lease = {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "serin-agent", resourceVersion: "0" },
    spec: { holderIdentity: "other", renewTime: "1999-01-01T00:00:00.000000Z", leaseDurationSeconds: 10 },
  }
  const a = candidate(server, clock, "a")
  await clock.advance(9_000)
  expect(a.leads()).toBe(false)
  await clock.advance(3_000)
  expect(a.leads()).toBe(true)
})
