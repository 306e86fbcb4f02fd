import fc from "fast-check"
import { expect, test } from "vitest"
import { canaryPercent, readRoute, weightsFor, type RouteWeights } from "./virtual-service.ts"

const query = { stable: "ga", canary: "canary" }
const to = (subset: string, weight?: number) => ({
  destination: { host: "podinfo", subset },
  ...(weight !== undefined && { weight }),
})
const service = (...http: unknown[]) => ({ kind: "VirtualService", spec: { hosts: ["podinfo"], http } })

function routeOf(...destinations: unknown[]): RouteWeights {
  const result = readRoute(service({ route: destinations }), query)
  if (!result.ok) throw new Error(result.reason)
  return result.route
}

test("the route with both subsets is found among others, with the way to each weight", () => {
  const result = readRoute(
    service(
      { match: [{}], route: [to("ga")] },
      { route: [to("ga", 90), to("canary", 10)] },
      { redirect: { uri: "/" } },
    ),
    query,
  )
  expect(result).toEqual({
    ok: true,
    route: {
      host: "podinfo",
      weights: [90, 10],
      stable: 0,
      canary: 1,
      paths: [
        ["spec", "http", 1, "route", 0, "weight"],
        ["spec", "http", 1, "route", 1, "weight"],
      ],
    },
  })
})

test.each([
  ["no route", service(), "no http route has a destination for each"],
  ["a lone destination", service({ route: [to("ga", 100)] }), "write both, one with weight: 0"],
  [
    "two routes",
    service({ route: [to("ga", 1), to("canary")] }, { route: [to("ga", 1), to("canary")] }),
    "several http routes",
  ],
  ["Istio 0.x", service({ route: [{ destination: { name: "podinfo" } }] }), "write “host: podinfo”"],
  ["all weights 0", service({ route: [to("ga", 0), to("canary", 0)] }), "all its weights are 0"],
  ["nothing to split", service({ route: [to("ga", 0), to("canary", 0), to("x", 1)] }), "give one of them a share"],
  ["a subset twice", service({ route: [to("ga", 1), to("canary", 1), to("ga", 1)] }), "stands twice"],
  ["fractions", service({ route: [to("ga", 99.5), to("canary", 0.5)] }), "whole number"],
  ["no spec", { kind: "VirtualService" }, "does not read"],
])("refused with what to do: %s", (_, object, why) => {
  const result = readRoute(object, query)
  expect(result.ok ? "" : result.reason).toContain(why)
})

test("of several routes the named one is taken", () => {
  const object = service(
    { name: "beta", route: [to("ga", 1), to("canary", 1)] },
    { name: "all", route: [to("ga", 7), to("canary", 3)] },
  )
  expect(readRoute(object, { ...query, route: "all" })).toMatchObject({ route: { weights: [7, 3] } })
  expect(readRoute(object, { ...query, route: "gone" })).toMatchObject({ ok: false })
})

test("weights that do not sum to 100 are read by their share and written to sum to 100", () => {
  const route = routeOf(to("ga", 2), to("canary", 1))
  expect(canaryPercent(route)).toBe(33)
  expect(weightsFor(route, 50)).toEqual([50, 50])
  expect(weightsFor(routeOf(to("canary"), to("ga", 1)), 10)).toEqual([10, 90])
})

test("a third destination keeps its share", () => {
  const route = routeOf(to("ga", 80), to("canary", 0), to("beta", 20))
  expect(weightsFor(route, 0)).toEqual([80, 0, 20])
  expect(weightsFor(route, 50)).toEqual([40, 40, 20])
  expect(weightsFor(route, 100)).toEqual([0, 80, 20])
})

test("whatever the weights, what is written sums to 100 and others move by less than one percent", () => {
  const weights = fc.tuple(fc.nat(200), fc.nat(200), fc.array(fc.nat(200), { maxLength: 3 }))
  fc.assert(
    fc.property(weights, fc.integer({ min: 0, max: 100 }), ([ga, canary, others], percent) => {
      fc.pre(ga + canary > 0)
      const route = routeOf(to("ga", ga), to("canary", canary), ...others.map((weight, at) => to(`x${at}`, weight)))
      const total = ga + canary + others.reduce((sum, one) => sum + one, 0)
      const written = weightsFor(route, percent)
      expect(written.reduce((sum, one) => sum + one, 0)).toBe(100)
      expect(written.every((one) => Number.isInteger(one) && one >= 0)).toBe(true)
      others.forEach((weight, at) => expect(Math.abs((written[at + 2] ?? 0) - (100 * weight) / total)).toBeLessThan(1))
      if (percent === 0) expect(written[1]).toBe(0)
      if (percent === 100) expect(written[0]).toBe(0)
    }),
  )
})
