import { expect, test } from "vitest"
import type { Endpoint } from "../../kube/types.gen.ts"
import { inPlace } from "./slices.ts"

const endpoint = (address: string, ready = true): Endpoint => ({
  addresses: [address],
  conditions: { ready },
  targetRef: { kind: "Pod", uid: `uid of ${address}` },
})

test("endpoints keep their place when others come, change and go", () => {
  const before = [endpoint("10.0.0.3"), endpoint("10.0.0.1"), endpoint("10.0.0.2")]
  const wanted = [endpoint("10.0.0.4"), endpoint("10.0.0.2", false), endpoint("10.0.0.3")]
  expect(inPlace(wanted, before)).toEqual([endpoint("10.0.0.3"), endpoint("10.0.0.2", false), endpoint("10.0.0.4")])
})
