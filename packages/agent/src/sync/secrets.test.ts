import { describe, expect, it } from "vitest"
import { masked, safeMessage } from "./secrets.ts"

const secret = (data: Record<string, string>) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "key" }, data })
const map = { ...secret({}), kind: "ConfigMap" }

describe("safeMessage", () => {
  // As kube-apiserver 1.36 words them.
  it.each([
    [
      "failed to create typed patch object (a/key; /v1, Kind=Secret): .data.k: expected string, got &value.valueUnstructured{Value:918273645}",
      "918273645",
    ],
    ['Secret "key" is invalid: data[k]: Invalid value: "hunter2-hunter2": a valid config key must', "hunter2"],
    [
      'Secret in version "v1" cannot be handled as a Secret: illegal base64 data at input byte 4 in "c2VjcmV0!"',
      "c2VjcmV0",
    ],
  ])("keeps a Secret's values out of %s", (message, value) => {
    expect(safeMessage({ object: secret({}) }, message)).not.toContain(value)
    expect(safeMessage({ object: map }, message)).toBe(message)
  })

  it("leaves out the dump of the object after the first line", () => {
    expect(safeMessage({ object: map }, "spec: Forbidden: no\n@@ -1 +1 @@\n- a")).toBe("spec: Forbidden: no")
  })
})

describe("masked", () => {
  it("hides values, but not which of them change", () => {
    const [before, after] = masked(
      secret({ same: "a", changed: "b", gone: "c" }),
      secret({ same: "a", changed: "x", added: "y" }),
    )
    expect(before?.["data"]).toEqual({ same: "***", changed: "*** (before)", gone: "***" })
    expect(after?.["data"]).toEqual({ same: "***", changed: "*** (after)", added: "***" })
  })

  it("leaves everything else as it is", () => {
    expect(masked(map, map)).toEqual([map, map])
    expect(masked(undefined, secret({ a: "b" }))[1]?.["data"]).toEqual({ a: "***" })
  })
})
