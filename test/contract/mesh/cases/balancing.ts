import type { JsonObject } from "../../harness/json.ts"
import { suite } from "../case.ts"
import { podsOf } from "../manifests.ts"
import { controls } from "../pod/wire.ts"
import type { Session } from "../session.ts"

/** All requests to the three pods of `v3`, by this policy. */
async function balanced(s: Session, trafficPolicy?: JsonObject) {
  await s.apply(
    s.subsets(trafficPolicy && { trafficPolicy }),
    s.rule({ http: [{ retries: { attempts: 0 }, route: [s.to("v3")] }] }),
  )
}

const third = Object.fromEntries(podsOf("v3").map((pod) => [pod, 1]))
const failing = { headers: { [controls.fails]: "echo-v3-a" } }
const isFailure = (by: string): boolean => by === "echo-v3-a" || by === "500"

export const balancing = suite("balancing", {
  "round-robin": async (s) => {
    await balanced(s, { loadBalancer: { simple: "ROUND_ROBIN" } })
    const row = await s.row({}, 30)
    s.note(
      "of 30 one after the other",
      podsOf("v3").map((pod) => row.filter((one) => one === pod).length),
    )
    s.note(
      "the same every third time",
      row.every((pod, i) => i < 3 || pod === row[i - 3]),
    )
  },
  random: async (s) => {
    await balanced(s, { loadBalancer: { simple: "RANDOM" } })
    await s.podShares(third, {}, 600)
  },
  // One request at a time: with several, a pod that is slower than the others gets fewer.
  "least-request": async (s) => {
    await balanced(s, { loadBalancer: { simple: "LEAST_REQUEST" } })
    await s.podShares(third, {}, 400, 1)
  },
  "by-default": async (s) => {
    await balanced(s)
    await s.podShares(third, {}, 400, 1)
  },
  "of-a-subset": async (s) => {
    const v3 = { name: "v3", labels: { version: "v3" }, trafficPolicy: { loadBalancer: { simple: "ROUND_ROBIN" } } }
    await s.apply(
      s.subsets({ trafficPolicy: { loadBalancer: { simple: "RANDOM" } }, subsets: [v3] }),
      s.rule({ http: [{ route: [s.to("v3")] }] }),
    )
    const row = await s.row({}, 30)
    s.note(
      "of 30 one after the other",
      podsOf("v3").map((pod) => row.filter((one) => one === pod).length),
    )
  },
  "hash-of-a-header": async (s) => {
    await balanced(s, { loadBalancer: { consistentHash: { httpHeaderName: "x-user" } } })
    const rows: string[][] = []
    for (let user = 0; user < 40; user++) rows.push(await s.row({ headers: { "x-user": `user-${String(user)}` } }, 3))
    s.note(
      "each of 40 users always at the same pod",
      rows.every((row) => new Set(row).size === 1),
    )
    s.note("pods in all", new Set(rows.flat()).size)
  },
  "outliers-out": async (s) => {
    const outlierDetection = {
      consecutive5xxErrors: 3,
      interval: "1s",
      baseEjectionTime: "60s",
      maxEjectionPercent: 100,
    }
    await balanced(s, { loadBalancer: { simple: "ROUND_ROBIN" }, outlierDetection })
    const first = await s.row(failing, 15)
    s.note("at least three failures before", first.filter(isFailure).length >= 3)
    await s.untilOut(failing, isFailure)
    const row = await s.row(failing, 60)
    s.note("failures of 60", row.filter(isFailure).length)
  },
  "outliers-stay": async (s) => {
    await balanced(s, { loadBalancer: { simple: "ROUND_ROBIN" } })
    const row = await s.row(failing, 60)
    s.note("failures of 60", row.filter(isFailure).length)
  },
  "outliers-by-gateway-errors": async (s) => {
    const outlierDetection = {
      consecutiveGatewayErrors: 2,
      consecutive5xxErrors: 0,
      interval: "1s",
      baseEjectionTime: "60s",
      maxEjectionPercent: 100,
    }
    await balanced(s, { loadBalancer: { simple: "ROUND_ROBIN" }, outlierDetection })
    const row = await s.row(failing, 30)
    s.note("500: failures of 30", row.filter(isFailure).length)
  },
  "all-are-outliers": async (s) => {
    const outlierDetection = {
      consecutive5xxErrors: 1,
      interval: "1s",
      baseEjectionTime: "60s",
      maxEjectionPercent: 100,
    }
    await s.apply(
      s.subsets({ trafficPolicy: { outlierDetection } }),
      s.rule({ http: [{ retries: { attempts: 0 }, route: [s.to("v1")] }] }),
    )
    await s.who({ headers: { [controls.fails]: "echo-v1" } })
    await s.untilOut({}, (by) => by === "echo-v1")
    await s.ask()
  },
})
