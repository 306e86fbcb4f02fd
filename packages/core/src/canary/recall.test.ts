import { expect, test } from "vitest"
import type { Tree } from "../edit/edit.ts"
import { writeDelivery, type Delivery } from "./delivery.ts"
import { highestState, recall } from "./recall.ts"

const ref = { namespace: "test", name: "podinfo" }
const path = "podinfo.delivery.yaml"

const state = (seq: number): Delivery => ({
  phase: "Progressing",
  revision: "podinfo:0.2.1",
  previous: "podinfo:0.2.0",
  step: 1,
  seq,
  seal: `sha256:${seq}`,
  replicas: { stable: 2, canary: 2 },
  rejected: [{ tag: `0.1.${seq}`, digest: "", why: "slow" }],
  owner: "here",
})

/** Newest first: a seq, a text that is no Delivery, or nothing where the file was not there. */
const history = (...states: readonly (number | string | undefined)[]): Tree[] =>
  states.map((one, at) => {
    const text = typeof one === "number" ? writeDelivery(ref.namespace, ref.name, state(one)) : one
    return { revision: String(at), files: new Map(text === undefined ? [] : [[path, text]]) }
  })

const highest = (...states: readonly (number | string | undefined)[]): number | undefined =>
  highestState(history(...states), ref)?.seq

test("the highest state counts wherever it stands in the history", () => {
  expect(highest()).toBeUndefined()
  expect(highest(7, 6, 5)).toBe(7)
  expect(highest(7, 8, 7, 6)).toBe(8)
  expect(highest(6, 7, 8, 7, 6)).toBe(8)
})

test("a Delivery that was removed began anew; one that was broken for a while did not", () => {
  expect(highest(1, undefined, 8, 7)).toBe(1)
  expect(highest(2, 1, undefined, 8)).toBe(2)
  expect(highest(1, "# removed\n", 8)).toBe(1)
  expect(highest(7, `${writeDelivery(ref.namespace, ref.name, state(9))}a: [`, 8)).toBe(8)
  expect(highest(7, writeDelivery(ref.namespace, ref.name, state(9)).replace("step: 1", "step: low"), 8)).toBe(8)
})

test("a state above both the head and what the cluster remembers was seen, with its seal and what it rejected", () => {
  const live = { seq: 7, at: "2026-01-01T00:00:00.000Z" }
  expect(recall({ seq: 7, seal: "sha256:7", live }, state(7), state(8))).toEqual({
    seq: 8,
    seal: "sha256:8",
    rejected: state(8).rejected,
    live,
  })
})

test("nothing is added by a history that went no further than the head or the cluster's memory", () => {
  const before = { seq: 9, seal: "sha256:another" }
  expect(recall(before, state(7), state(9))).toBe(before)
  expect(recall({}, state(8), state(8))).toEqual({})
  expect(recall(before, state(7), undefined)).toBe(before)
  expect(recall(before, undefined, state(10))).toBe(before)
})
