import { describe, expect, it } from "vitest"
import { masked, safeMessage } from "./secrets.ts"

const secret = (data: Record<string, string>) => ({ apiVersion: "v1", kind: "Secret", metadata: { name: "key" }, data })
const map = { ...secret({}), kind: "ConfigMap" }

describe("safeMessage", () => {
  it("keeps a Secret's values out of what the API says", () => {
    // As kube-apiserver 1.36 words it.
    const refusal =
      "failed to create typed patch object (a/key; /v1, Kind=Secret): .data.k: expected string, got &value.valueUnstructured{Value:918273645}"
    expect(safeMessage({ object: secret({}) }, refusal)).toMatch(/\.data\.k: expected string, got something else$/)
    expect(safeMessage({ object: map }, refusal)).toBe(refusal)
    const webhook = 'admission webhook denied the request: "hunter22" is too weak (aHVudGVyMjI=)'
    expect(safeMessage({ object: secret({ k: "aHVudGVyMjI=" }) }, webhook)).toBe(
      'admission webhook denied the request: "…" is too weak (…)',
    )
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
