import { describe, expect, it } from "vitest"
import { seededRandom } from "../random.ts"
import type { Balancing } from "../snapshot.ts"
import { unknownService } from "../telemetry/labels.ts"
import { Cluster } from "./cluster.ts"
import { Endpoint } from "./endpoint.ts"
import { observeOutcome } from "./outlier.ts"

const options = { dial: () => Promise.reject(new Error("not dialled here")), now: () => 0 }

function cluster(size: number, balancing: Balancing, outlier?: Cluster["config"]["outlier"]): Cluster {
  const endpoints = Array.from({ length: size }, (_, i) => new Endpoint(`10.244.0.${i}`, 80, undefined, options))
  const config = { name: "c", balancing, connectTimeoutMs: 1, ...(outlier ? { outlier } : {}) }
  return new Cluster(config, unknownService, endpoints)
}

/** How often each endpoint is chosen. */
function shares(of: Cluster, draws: number, now = 0): number[] {
  const random = seededRandom(7)
  const counts = of.endpoints.map(() => 0)
  for (let i = 0; i < draws; i++) {
    const chosen = of.choose(random, now)
    const at = of.endpoints.findIndex((endpoint) => endpoint === chosen)
    if (at >= 0) counts[at] = (counts[at] ?? 0) + 1
  }
  return counts
}

describe("choosing an endpoint", () => {
  it("gives LEAST_REQUEST's busy endpoint only what two equal draws give it", () => {
    const of = cluster(2, "LEAST_REQUEST")
    const [busy] = of.endpoints
    if (busy) busy.active = 5
    const [first = 0] = shares(of, 4000)
    // Drawn twice in a row: a quarter.
    expect(first / 4000).toBeGreaterThan(0.22)
    expect(first / 4000).toBeLessThan(0.28)
  })

  it("goes round with ROUND_ROBIN, and on from there with a new snapshot", () => {
    const of = cluster(3, "ROUND_ROBIN")
    expect(shares(of, 9)).toEqual([3, 3, 3])
    const random = seededRandom(1)
    const before = of.choose(random, 0)
    const after = new Cluster(of.config, of.service, of.endpoints, of)
    expect(after.choose(random, 0)).not.toBe(before)
  })

  it("takes what was tried already only when nothing else is left", () => {
    const of = cluster(2, "LEAST_REQUEST")
    const [first, second] = of.endpoints
    if (!first || !second) throw new Error("two endpoints were made")
    second.active = 100
    const random = seededRandom(1)
    for (let i = 0; i < 50; i++) expect(of.choose(random, 0, new Set([first]))).toBe(second)
    expect(of.choose(random, 0, new Set([first, second]))).toBeDefined()
  })

  it("has nothing to choose when there is none", () => {
    expect(cluster(0, "RANDOM").choose(seededRandom(1), 0)).toBeUndefined()
  })
})

describe("outliers", () => {
  const policy = { consecutive5xx: 2, baseEjectionMs: 100, maxEjectionPercent: 10 }

  it("come back after a time that grows with each ejection", () => {
    const of = cluster(2, "LEAST_REQUEST", policy)
    const [bad] = of.endpoints
    if (!bad) throw new Error("two endpoints were made")
    const fail = (now: number): void => observeOutcome(of, bad, true, now)
    fail(0)
    observeOutcome(of, bad, false, 0)
    fail(0)
    expect(bad.ejectedUntil).toBe(0)
    fail(0)
    expect(bad.ejectedUntil).toBe(100)
    expect(shares(of, 20, 50)).toEqual([0, 20])
    expect(shares(of, 200, 100)[0]).toBeGreaterThan(0)
    fail(200)
    fail(200)
    expect(bad.ejectedUntil).toBe(400)
  })

  it("are never more than the share allowed, but one may always be", () => {
    const of = cluster(4, "LEAST_REQUEST", policy)
    for (const endpoint of of.endpoints) for (let i = 0; i < 4; i++) observeOutcome(of, endpoint, true, 0)
    expect(of.endpoints.filter(({ ejectedUntil }) => ejectedUntil > 0)).toHaveLength(1)
  })

  it("that are all there is leave nothing to choose", () => {
    const of = cluster(1, "LEAST_REQUEST", policy)
    const [only] = of.endpoints
    if (!only) throw new Error("one endpoint was made")
    for (let i = 0; i < 2; i++) observeOutcome(of, only, true, 0)
    expect(of.choose(seededRandom(1), 50)).toBeUndefined()
  })
})
