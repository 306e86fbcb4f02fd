import { describe, expect, it } from "vitest"
import type { KubeObject } from "../client.ts"
import {
  fieldSelector,
  fieldTerms,
  formatSelector,
  labelSelectorOf,
  METADATA_ONLY,
  parseLabelSelector,
} from "./index.ts"

describe("a label selector", () => {
  const labels = { app: "web", tier: "", size: "5" }
  it.each([
    ["", true],
    ["app=web", true],
    ["app==web,size", true],
    ["app!=web", false],
    ["other!=web", true],
    ["tier=", true],
    ["app in (api, web)", true],
    ["app notin (api,web)", false],
    ["other notin (x)", true],
    ["!other", true],
    ["!app", false],
    ["size>4,size<6", true],
    ["size>5", false],
    ["in in (in)", false],
    ["app in ()", false],
  ])("%s", (selector, selects) => {
    expect(parseLabelSelector(selector)(labels)).toBe(selects)
  })

  it.each([
    ["a===", "unable to parse requirement: found '=', expected: identifier"],
    ["a,", "found '', expected: identifier after ','"],
    ["=a", "found '=', expected: !, identifier, or 'end of string'"],
    ["a in b", "unable to parse requirement: found 'b' expected: '('"],
    ["a b", "unable to parse requirement: found 'b', expected: in, notin, =, ==, !=, gt, lt"],
  ])("%s is refused", (selector, message) => {
    expect(() => parseLabelSelector(selector)).toThrow(expect.objectContaining({ code: 400, message }))
  })

  it("is written as it is read", () => {
    const selector = {
      matchLabels: { b: "1", a: "2" },
      matchExpressions: [
        { key: "c", operator: "In", values: ["y", "x"] },
        { key: "d", operator: "DoesNotExist" },
        { key: "e", operator: "NotIn", values: ["z"] },
      ],
    }
    const text = formatSelector(selector)
    expect(text).toBe("a=2,b=1,c in (x,y),!d,e notin (z)")
    for (const candidate of [{ a: "2", b: "1", c: "x" }, { a: "2", b: "1", c: "x", e: "z" }, {}])
      expect(parseLabelSelector(text)(candidate)).toBe(labelSelectorOf(selector)(candidate))
  })
})

describe("a field selector", () => {
  const object: KubeObject = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a,b", namespace: "test" } }
  const selects = (text: string) => fieldSelector(fieldTerms(text), METADATA_ONLY)(object)

  it("compares names and namespaces, with escaped separators", () => {
    expect(selects(String.raw`metadata.name=a\,b`)).toBe(true)
    expect(selects("metadata.namespace!=test")).toBe(false)
    expect(selects("metadata.namespace==test,metadata.name!=c")).toBe(true)
  })

  it.each([
    ["spec.x=1", '"spec.x" is not a known field selector: only "metadata.name", "metadata.namespace"'],
    ["metadata.name", "invalid selector: 'metadata.name'; can't understand 'metadata.name'"],
    ["metadata.name=a=b", "invalid field selector: unescaped character in value: 61"],
    [String.raw`metadata.name=\x`, String.raw`invalid field selector: invalid escape sequence: \x`],
  ])("%s is refused", (text, message) => {
    expect(() => selects(text)).toThrow(expect.objectContaining({ code: 400, message }))
  })
})
