import type { End, LogEntry } from "../rollout.ts"

const delivery = "podinfo.delivery.yaml"
const route = "virtual-service.yaml"
const canary = "podinfo-canary.yaml"
const stable = "podinfo-ga.yaml"

const entry = (kind: string, weight: number, ...files: string[]): LogEntry => ({
  author: "Serin",
  kind,
  weight: String(weight),
  files: [delivery, ...files].sort(),
})

/** All that a good version's rollout writes to Git, from a canary at rest without pods. */
export const goodLog: readonly LogEntry[] = [
  entry("start", 0, canary),
  entry("step", 10, route),
  entry("step", 30, route),
  entry("step", 60, route),
  entry("step", 100, route),
  entry("promote", 100, stable),
  entry("promote", 0, route),
  entry("promoted", 0, canary),
]

/** And a bad one's, which fails at the first step. */
export const badLog: readonly LogEntry[] = [
  entry("start", 0, canary),
  entry("step", 10, route),
  entry("rollback", 0, route),
  entry("restore", 0, canary),
]

export const goodEnd = (version: string): End => ({
  weights: { ga: 100, canary: 0 },
  images: { stable: `podinfo:${version}`, canary: `podinfo:${version}` },
  replicas: { stable: 2, canary: 0 },
  phase: "Idle",
  deliveryAsInGit: true,
  isProtected: false,
})

export const badEnd = (before: string): End => ({ ...goodEnd(before), phase: "Failed" })
