import { beforeEach, describe, expect, it } from "vitest"
import { Labels } from "../labels.ts"
import { MemoryStorage } from "../storage/memory-storage.ts"
import { Engine } from "./engine.ts"

const minute = 60_000
let storage: MemoryStorage

const load = (labels: Record<string, string>, ...values: readonly (number | "stale" | undefined)[]): void => {
  values.forEach((value, index) => {
    if (value !== undefined) storage.append(Labels.from(labels), index * minute, value)
  })
}

/** Each series' labels behind those of the target, with its values. */
const told = (query: string): string[] => {
  const engine = new Engine(storage, { experimental: true })
  const { series } = engine.range(query, 0, 2 * minute, minute)
  return series.map(({ labels, samples }) => {
    const added = labels.drop(["__name__", "instance", "job"]).toString()
    return `${added} ${samples.map(([, value]) => JSON.stringify(value)).join(" ")}`
  })
}

beforeEach(() => {
  storage = new MemoryStorage()
  load({ __name__: "up", instance: "a", job: "x" }, 1, 2, 3)
})

describe("info", () => {
  it("adds the labels of the target's info series, but none that a series has", () => {
    load({ __name__: "target_info", instance: "a", job: "x", version: "1", zone: "north" }, 1, 1, 1)
    load({ __name__: "target_info", instance: "b", job: "x", version: "2" }, 1, 1, 1)
    load({ __name__: "ready", instance: "a", job: "x", version: "own" }, 4, 5, 6)
    expect(told("info(up)")).toEqual(['{version="1", zone="north"} 1 2 3'])
    expect(told("info(ready)")).toEqual(['{version="own", zone="north"} 4 5 6'])
  })

  it("adds the labels that are asked for, and leaves out series that lack what must be there", () => {
    load({ __name__: "target_info", instance: "a", job: "x", version: "1", zone: "north" }, 1, 1, "stale")
    expect(told('info(up, {zone=~".+"})')).toEqual(['{zone="north"} 1 2'])
    expect(told('info(up, {zone=~".*"})')).toEqual(["{} 3", '{zone="north"} 1 2'])
    expect(told('info(up, {zone="south"})')).toEqual([])
  })

  it("takes the newest info series, and refuses two of one time", () => {
    load({ __name__: "target_info", instance: "a", job: "x", version: "1" }, 1, 1)
    load({ __name__: "target_info", instance: "a", job: "x", version: "2" }, undefined, undefined, 1)
    expect(told("info(up)")).toEqual(['{version="1"} 1 2', '{version="2"} 3'])
    load({ __name__: "target_info", instance: "a", job: "x", version: "3" }, 1)
    expect(() => told("info(up)")).toThrow("found duplicate series for info metric")
  })

  it("joins several info metrics, unless they say different things", () => {
    load({ __name__: "target_info", instance: "a", job: "x", version: "1" }, 1, 1, 1)
    load({ __name__: "build_info", instance: "a", job: "x", commit: "c" }, 1, 1, 1)
    expect(told('info(up, {__name__=~".+_info"})')).toEqual(['{commit="c", version="1"} 1 2 3'])
    expect(told('info(up, {__name__!="target_info"})')).toEqual(['{commit="c"} 1 2 3'])
    load({ __name__: "other_info", instance: "a", job: "x", commit: "d" }, 1, 1, 1)
    expect(() => told('info(up, {__name__=~".+_info"})')).toThrow("conflicting label: commit")
  })

  it("lets info series themselves and series of no target pass", () => {
    load({ __name__: "target_info", instance: "a", job: "x", version: "1" }, 7, 7, 7)
    load({ __name__: "global" }, 8, 8, 8)
    expect(told("info(target_info)")).toEqual(['{version="1"} 7 7 7'])
    expect(told("info(global)")).toEqual(["{} 8 8 8"])
  })
})
