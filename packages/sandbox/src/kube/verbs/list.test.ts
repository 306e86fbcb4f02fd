import { describe, expect, it } from "vitest"
import { ApiError } from "../client.ts"
import { stringAt } from "../json.ts"
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

function filled(names: string, options?: Parameters<typeof testMachinery>[0]): TestMachinery {
  const machinery = testMachinery(options)
  for (const name of names) add(machinery, name)
  return machinery
}

function add(machinery: TestMachinery, name: string): void {
  create(machinery, TESTER, targetOf(machinery, CONFIG_MAPS), configMap(name), WRITE)
}

const drop = (machinery: TestMachinery, name: string) =>
  remove(machinery, targetOf(machinery, CONFIG_MAPS, name), { dryRun: false })

function page(machinery: TestMachinery, query: Parameters<typeof list>[2]) {
  const { items, metadata } = list(machinery, targetOf(machinery, CONFIG_MAPS), query)
  return { names: items.map((item) => item.metadata.name).join(""), ...metadata }
}

describe("a list in pages", () => {
  it("shows the state of its first page to the end", () => {
    const machinery = filled("abcde")
    const first = page(machinery, { limit: 2 })
    expect(first).toMatchObject({ names: "ab", remainingItemCount: 3 })
    drop(machinery, "d")
    add(machinery, "ca")
    add(machinery, "f")
    const second = page(machinery, { limit: 2, continue: first.continue ?? "" })
    expect(second).toMatchObject({ names: "cd", remainingItemCount: 1, resourceVersion: first.resourceVersion })
    const third = page(machinery, { limit: 2, continue: second.continue ?? "" })
    expect(third.names).toBe("e")
    expect(third.continue).toBeUndefined()
    expect(page(machinery, {}).names).toBe("abccaef")
  })

  it("goes on with the present state when that of its first page is forgotten, if the client wants that", () => {
    const machinery = filled("abc", { historyLimit: 3 })
    const first = page(machinery, { limit: 1 })
    for (let count = 0; count < 10; count += 1) {
      add(machinery, "x")
      drop(machinery, "x")
    }
    add(machinery, "d")
    let refusal: unknown
    try {
      page(machinery, { limit: 1, continue: first.continue ?? "" })
    } catch (error) {
      refusal = error
    }
    expect(refusal).toBeInstanceOf(ApiError)
    const { code, details } = refusal as ApiError
    expect(code).toBe(410)
    expect(page(machinery, { continue: stringAt(details, "metadata", "continue") ?? "" }).names).toBe("bcd")
  })

  it("counts no rest where a selector leaves objects out", () => {
    const machinery = filled("abcd")
    const first = page(machinery, { limit: 1, fieldSelector: "metadata.name!=b" })
    expect(first.remainingItemCount).toBeUndefined()
    expect(page(machinery, { continue: first.continue ?? "", fieldSelector: "metadata.name!=b" }).names).toBe("cd")
  })
})

describe("a list at a version", () => {
  it("shows exactly that state when asked to", () => {
    const machinery = filled("ab")
    const resourceVersion = String(machinery.store.revision)
    drop(machinery, "a")
    expect(page(machinery, { resourceVersion, resourceVersionMatch: "Exact" })).toMatchObject({
      names: "ab",
      resourceVersion,
    })
    expect(page(machinery, { resourceVersion, resourceVersionMatch: "NotOlderThan" }).names).toBe("b")
  })

  it("is refused with 410 where it is forgotten, and with 504 where it is still to come", () => {
    const machinery = filled("ab")
    const { revision } = machinery.store
    drop(machinery, "a")
    machinery.store.compact(machinery.store.revision)
    const at = (version: number) => () =>
      page(machinery, { resourceVersion: String(version), resourceVersionMatch: "Exact" })
    expect(at(revision)).toThrow(expect.objectContaining({ code: 410 }))
    expect(at(revision + 100)).toThrow(expect.objectContaining({ code: 504, reason: "Timeout" }))
  })
})
