import fc from "fast-check"
import { describe, expect, it } from "vitest"
import type { KubeObject, WatchEvent } from "../client.ts"
import {
  CONFIG_MAPS,
  configMap,
  type TestMachinery,
  TESTER,
  testMachinery,
  targetOf,
  WRITE,
} from "../testing/machinery.ts"
import { create } from "./create.ts"
import { remove } from "./delete.ts"
import { list } from "./list.ts"
import { find } from "./stored.ts"
import { replace } from "./update.ts"
import { watch } from "./watch.ts"

/** Creates or changes the config map, or deletes it where there is no colour. */
function write(machinery: TestMachinery, name: string, colour: string | undefined): void {
  const target = targetOf(machinery, CONFIG_MAPS, name)
  const old = find(machinery, target)
  if (colour === undefined) {
    if (old !== undefined) remove(machinery, target, { dryRun: false })
    return
  }
  const next = configMap(name, { at: String(machinery.store.revision) }, { namespace: "test", labels: { colour } })
  if (old === undefined) create(machinery, TESTER, target, next, WRITE)
  else replace(machinery, TESTER, target, old, next, WRITE)
}

function applied(state: ReadonlyMap<string, KubeObject>, events: readonly WatchEvent<KubeObject>[]) {
  const next = new Map(state)
  for (const { type, object } of events) {
    const name = object.metadata.name ?? ""
    // An event that does not fit what the watcher knows was lost or comes twice.
    expect(next.has(name)).toBe(type !== "ADDED")
    if (type === "DELETED") next.delete(name)
    else next.set(name, object)
  }
  return next
}

const byName = (objects: readonly KubeObject[]) =>
  new Map(objects.map((object) => [object.metadata.name ?? "", object]))

const writes = fc.array(
  fc.record({
    name: fc.constantFrom("a", "b", "c"),
    colour: fc.option(fc.constantFrom("red", "green"), { nil: undefined }),
    look: fc.boolean(),
  }),
  { maxLength: 30 },
)

describe("a watch", () => {
  it("loses, repeats and reorders nothing, wherever it starts and whatever it selects", () => {
    fc.assert(
      fc.property(
        writes,
        fc.nat(30),
        fc.constantFrom(undefined, "colour=red", "colour!=red"),
        (steps, start, labelSelector) => {
          const machinery = testMachinery()
          const target = targetOf(machinery, CONFIG_MAPS)
          const selectors = labelSelector === undefined ? {} : { labelSelector }
          for (const { name, colour } of steps.slice(0, start)) write(machinery, name, colour)
          const listed = list(machinery, target, selectors)
          let seen: ReadonlyMap<string, KubeObject> = byName(listed.items)
          const half = start + Math.floor((steps.length - start) / 2)
          for (const { name, colour } of steps.slice(start, half)) write(machinery, name, colour)
          const { resourceVersion } = listed.metadata
          const watching = watch(machinery, target, { ...selectors, resourceVersion }, () => {})
          let last = Number(resourceVersion)
          const look = (): void => {
            const events = watching.take()
            for (const { object } of events) {
              const revision = Number(object.metadata.resourceVersion)
              expect(revision).toBeGreaterThan(last)
              last = revision
            }
            seen = applied(seen, events)
            const present = list(machinery, target, selectors).items
            expect(new Map([...seen].sort())).toEqual(byName(present))
          }
          look()
          for (const { name, colour, look: now } of steps.slice(half)) {
            write(machinery, name, colour)
            if (now) look()
          }
          look()
        },
      ),
      { numRuns: 60 },
    )
  })

  it("begins with the present objects where no version is given", () => {
    const machinery = testMachinery()
    write(machinery, "a", "red")
    write(machinery, "b", "red")
    const watching = watch(machinery, targetOf(machinery, CONFIG_MAPS), {}, () => {})
    write(machinery, "c", "red")
    expect(watching.take().map(({ type, object }) => [type, object.metadata.name])).toEqual([
      ["ADDED", "a"],
      ["ADDED", "b"],
      ["ADDED", "c"],
    ])
    expect(watching.initialRevision).toBe(machinery.store.revision - 1)
  })

  it("begins with nothing where the present objects are not wanted", () => {
    const machinery = testMachinery()
    write(machinery, "a", "red")
    const watching = watch(machinery, targetOf(machinery, CONFIG_MAPS), { sendInitialEvents: false }, () => {})
    expect(watching.take()).toEqual([])
    write(machinery, "a", "green")
    expect(watching.take().map(({ type }) => type)).toEqual(["MODIFIED"])
  })

  it("is refused with 410 from a version that is forgotten", () => {
    const machinery = testMachinery({ historyLimit: 5 })
    write(machinery, "a", "red")
    const resourceVersion = String(machinery.store.revision)
    for (let count = 0; count < 20; count += 1) write(machinery, "a", count % 2 === 0 ? "green" : "red")
    const start = () => watch(machinery, targetOf(machinery, CONFIG_MAPS), { resourceVersion }, () => {})
    expect(start).toThrow(expect.objectContaining({ code: 410, reason: "Expired" }))
  })

  it("calls once when there is something after there was nothing", () => {
    const machinery = testMachinery()
    let calls = 0
    const resourceVersion = String(machinery.store.revision)
    const watching = watch(machinery, targetOf(machinery, CONFIG_MAPS), { resourceVersion }, () => (calls += 1))
    write(machinery, "a", "red")
    write(machinery, "b", "red")
    expect(calls).toBe(1)
    watching.take()
    write(machinery, "c", "red")
    expect(calls).toBe(2)
    watching.close()
    watching.take()
    write(machinery, "d", "red")
    expect(calls).toBe(2)
  })
})
