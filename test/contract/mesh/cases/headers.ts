import type { JsonObject } from "../../harness/json.ts"
import { suite } from "../case.ts"
import type { Ask } from "../senders.ts"
import type { Session } from "../session.ts"

async function changing(s: Session, headers: JsonObject, ask: Ask = {}, ofDestination?: JsonObject) {
  const route = [s.to("v1", ofDestination && { headers: ofDestination })]
  await s.apply(s.subsets(), s.rule({ http: [{ headers, route }] }))
  await s.ask(ask)
}

const given = { headers: { "x-given": "old", "x-other": "kept" } }

export const headers = suite("headers", {
  "request-set": (s) => changing(s, { request: { set: { "x-given": "new", "X-Fresh": "1" } } }, given),
  "request-add": (s) => changing(s, { request: { add: { "x-given": "more", "x-fresh": "1" } } }, given),
  "request-remove": (s) => changing(s, { request: { remove: ["x-given", "x-missing"] } }, given),
  "request-remove-and-set": (s) =>
    changing(s, { request: { remove: ["x-given"], set: { "x-given": "set" }, add: { "x-given": "added" } } }, given),
  "request-host": (s) => changing(s, { request: { set: { host: "elsewhere.test" } } }),
  "request-authority": (s) => changing(s, { request: { set: { ":authority": "elsewhere.test" } } }),
  "response-set": (s) => changing(s, { response: { set: { "x-from": "nobody", "x-fresh": "1", server: "mine" } } }),
  "response-add": (s) => changing(s, { response: { add: { "x-from": "also", "x-fresh": "1" } } }),
  "response-remove": (s) => changing(s, { response: { remove: ["content-type", "x-envoy-upstream-service-time"] } }),
  "of-route-and-destination": (s) =>
    changing(
      s,
      {
        request: { set: { "x-both": "route" }, add: { "x-added": "route" } },
        response: { set: { "x-answer": "route" } },
      },
      {},
      {
        request: { set: { "x-both": "destination" }, add: { "x-added": "destination" } },
        response: { set: { "x-answer": "destination" } },
      },
    ),
  "of-weighted-destinations": async (s) => {
    const marked = (version: string, weight: number) =>
      s.to(version, { weight, headers: { response: { set: { "x-chosen": version } } } })
    await s.apply(s.subsets(), s.rule({ http: [{ route: [marked("v1", 100), marked("v2", 0)] }] }))
    await s.ask()
  },
  "per-cent-signs": (s) => changing(s, { response: { set: { "x-rate": "100%%", "x-protocol": "%PROTOCOL%" } } }),
})
