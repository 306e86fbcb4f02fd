import { expect, test } from "vitest"
import { podTrouble, type Pod } from "./pods.ts"

const pod = (status: Pod["status"] & object): Pod => ({
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "serin-1" },
  status,
})

test("a ready pod has none", () => {
  expect(podTrouble(pod({ conditions: [{ type: "Ready", status: "True" }] }))).toBeUndefined()
})

test("an image that cannot be pulled is mended by naming another", () => {
  const waiting = { reason: "ImagePullBackOff", message: 'Back-off pulling image "serin:0.1.0"' }
  expect(podTrouble(pod({ containerStatuses: [{ state: { waiting } }] }))).toEqual({
    message: 'ImagePullBackOff: Back-off pulling image "serin:0.1.0"',
    next: expect.stringContaining("--image") as string,
  })
})

test("a crash is told with its exit code and where its log is", () => {
  const status = {
    state: { waiting: { reason: "CrashLoopBackOff" } },
    lastState: { terminated: { exitCode: 2, reason: "Error" } },
  }
  expect(podTrouble(pod({ containerStatuses: [status] }))).toEqual({
    message: "ended with exit code 2 (Error); CrashLoopBackOff",
    next: "Read why with `kubectl -n serin-system logs serin-1 --previous`.",
  })
})

test("a pod without a node is told with the scheduler's reason", () => {
  const conditions = [{ type: "PodScheduled", status: "False", message: "0/3 nodes are available" }]
  expect(podTrouble(pod({ conditions }))?.message).toBe("has no node: 0/3 nodes are available")
})
