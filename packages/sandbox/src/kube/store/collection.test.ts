import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { KubeObject } from "../client.ts"
import { Store } from "./store.ts"

type Step = { readonly key: string; readonly value: number | undefined }

const steps = fc.array(
  fc.record({ key: fc.constantFrom("a/1", "a/2", "b/1"), value: fc.option(fc.nat(9), { nil: undefined }) }),
  { maxLength: 40 },
)

const object = (name: string, value: number): KubeObject & { data: unknown } => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { name },
  data: { value },
})

/** Writes the steps and notes after each what the collection then held. */
function play(store: Store, history: readonly Step[]): { revision: number; state: string }[] {
  const collection = store.collection("configmaps")
  return history.map(({ key, value }) => {
    if (value === undefined) collection.remove(key)
    else collection.put(key, object(key, value))
    return { revision: store.revision, state: JSON.stringify(collection.list()) }
  })
}

describe("a collection", () => {
  it("can show every state that its history reaches", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const store = new Store()
        const collection = store.collection("configmaps")
        for (const { revision, state } of play(store, history)) {
          const snapshot = [...(collection.at(revision) ?? [])].sort(([a], [b]) => (a < b ? -1 : 1))
          expect(JSON.stringify(snapshot.map(([, found]) => found))).toBe(state)
        }
      }),
    )
  })

  it("knows the changes since each state, in order and without a gap", () => {
    fc.assert(
      fc.property(steps, (history) => {
        const store = new Store()
        const collection = store.collection("configmaps")
        const states = play(store, history)
        for (const { revision } of states) {
          const replayed = new Map(collection.at(revision))
          let last = revision
          for (const change of collection.since(revision) ?? []) {
            expect(change.revision).toBeGreaterThan(last)
            last = change.revision
            if (change.type === "DELETED") replayed.delete(change.key)
            else replayed.set(change.key, change.object)
          }
          expect([...replayed].sort()).toEqual([...(collection.at(store.revision) ?? [])].sort())
        }
      }),
    )
  })

  it("forgets what is older than its limit and says so", () => {
    const store = new Store(10)
    const collection = store.collection("configmaps")
    const first = Number(collection.put("a/1", object("1", 0)).metadata.resourceVersion)
    for (let value = 1; value < 100; value += 1) collection.put("a/1", object("1", value))
    expect(collection.since(first)).toBeUndefined()
    expect(collection.at(first)).toBeUndefined()
    expect(collection.since(store.revision - 9)).toHaveLength(9)
  })

  it("forgets on demand", () => {
    const store = new Store()
    const collection = store.collection("configmaps")
    collection.put("a/1", object("1", 1))
    const before = store.revision
    collection.put("a/1", object("1", 2))
    store.compact(before + 1)
    expect(collection.since(before)).toBeUndefined()
    expect(collection.since(store.revision)).toEqual([])
  })

  it("freezes what it holds, and leaves what it was given as it was", () => {
    const store = new Store()
    const given = object("1", 1)
    const stored = store.collection("configmaps").put("a/1", given) as typeof given
    expect(Object.isFrozen(stored)).toBe(true)
    expect(Object.isFrozen(stored.data)).toBe(true)
    expect(given.metadata.resourceVersion).toBeUndefined()
  })

  it("gives one revision to each write, across collections", () => {
    const store = new Store()
    const versions = ["configmaps", "secrets", "configmaps"].map(
      (name, index) => store.collection(name).put(`a/${index}`, object("1", 1)).metadata.resourceVersion,
    )
    expect(versions.map(Number)).toEqual([2, 3, 4])
  })
})
