import { describe, expect, it } from "vitest"
import { isPodAddress, nodeAddress, PodAddresses } from "./addresses.ts"

describe("pod addresses", () => {
  it("are given out once, a freed one as late as possible", () => {
    const addresses = new PodAddresses()
    expect([addresses.take(), addresses.take()]).toEqual(["10.244.0.2", "10.244.0.3"])
    addresses.free("10.244.0.2")
    expect(addresses.take()).toBe("10.244.0.4")
    const rest = Array.from({ length: 65_533 - 2 }, () => addresses.take())
    expect(rest).toContain("10.244.1.0")
    expect(rest.at(-1)).toBe("10.244.0.2")
    expect(() => addresses.take()).toThrow(/all 65,533 pod addresses are in use/)
  })

  it("are not the node's own", () => {
    expect(isPodAddress("10.244.3.4")).toBe(true)
    expect(isPodAddress(nodeAddress)).toBe(false)
    expect(isPodAddress("10.96.0.1")).toBe(false)
  })
})
