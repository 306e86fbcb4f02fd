import fc from "fast-check"
import { describe, expect, it } from "vitest"
import { describeObjectId, formatObjectId, objectIdOf, parseObjectId } from "./index.ts"

describe("object ids", () => {
  it("are the same for all versions of a group, and give kubectl's default namespace", () => {
    const deployment = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } }
    expect(objectIdOf(deployment, true)).toBe("Deployment.apps/default/web")
    expect(objectIdOf({ ...deployment, apiVersion: "apps/v1beta1" }, true)).toBe("Deployment.apps/default/web")
    expect(objectIdOf({ apiVersion: "v1", kind: "Namespace", metadata: { name: "test" } }, false)).toBe(
      "Namespace//test",
    )
    expect(describeObjectId("Deployment.apps/default/web")).toBe("Deployment default/web")
  })

  it("can be taken apart again", () => {
    const name = fc.stringMatching(/^[a-z0-9]([-.a-z0-9]{0,20}[a-z0-9])?$/)
    const parts = fc.record({
      group: fc.oneof(fc.constant(""), name),
      kind: fc.stringMatching(/^[A-Z][A-Za-z0-9]{0,20}$/),
      namespace: fc.oneof(fc.constant(""), name),
      // Role names may hold colons.
      name: fc.oneof(name, fc.constant("system:node")),
    })
    fc.assert(
      fc.property(parts, (one) => {
        expect(parseObjectId(formatObjectId(one))).toEqual(one)
      }),
    )
  })
})
