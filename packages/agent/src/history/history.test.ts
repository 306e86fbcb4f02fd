import { expect, test } from "vitest"
import type { CommitInfo } from "../git/commit-info.ts"
import { historyOf } from "./history.ts"

const commit = (at: string, more: Partial<CommitInfo>): CommitInfo => ({
  commit: "a".repeat(40),
  parents: [],
  author: "Dana",
  at,
  subject: "Edit",
  body: "",
  trailers: [],
  ...more,
})

const release = commit("2026-03-01T10:00:00Z", {
  subject: "Release podinfo-canary 0.2.1",
  body: "0.2.0 is slow\n\nSecond paragraph",
  trailers: [
    ["Serin-Kind", "release"],
    ["Serin-Workload", "test/Deployment/podinfo-canary"],
    ["Serin-From", "podinfo:0.2.0"],
    ["Serin-To", "podinfo:0.2.1"],
    ["Serin-Cause", "user dana"],
    ["Serin-Number", "success-rate=94.8"],
  ],
})

test("a commit of Serin tells who, from, to, why and the numbers", () => {
  expect(historyOf([release], [], { limit: 10 })).toEqual([
    {
      at: "2026-03-01T10:00:00Z",
      who: "user dana",
      kind: "release",
      subject: "test/Deployment/podinfo-canary",
      commit: "a".repeat(40),
      from: "podinfo:0.2.0",
      to: "podinfo:0.2.1",
      reason: "Release podinfo-canary 0.2.1: 0.2.0 is slow",
      numbers: { "success-rate": 94.8 },
    },
  ])
})

test("a human's commit and a drift stand between, newest first", () => {
  const drift = {
    seq: 1,
    at: "2026-03-01T12:00:00Z",
    kind: "drift",
    subject: "VirtualService test/podinfo",
    message: "weights put back",
    severity: "warning",
    data: { who: "kubectl-edit" },
  } as const
  const entries = historyOf([release, commit("2026-03-01T11:00:00Z", { subject: "Warm up" })], [drift], { limit: 10 })
  expect(entries.map(({ kind, who }) => [kind, who])).toEqual([
    ["drift", "kubectl-edit"],
    ["commit", "Dana"],
    ["release", "user dana"],
  ])
})

test("filters are by kind and by name, not by part of a name", () => {
  const all = [release, commit("2026-03-01T11:00:00Z", { subject: "Warm up" })]
  expect(historyOf(all, [], { limit: 10, kind: "release" })).toHaveLength(1)
  expect(historyOf(all, [], { limit: 10, workload: "podinfo-canary" })).toHaveLength(1)
  expect(historyOf(all, [], { limit: 10, workload: "podinfo" })).toHaveLength(0)
  expect(historyOf(all, [], { limit: 1 })).toHaveLength(1)
})
