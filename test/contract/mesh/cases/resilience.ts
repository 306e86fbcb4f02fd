import type { JsonObject } from "../../harness/json.ts"
import { suite } from "../case.ts"
import type { Ask } from "../senders.ts"
import type { Session } from "../session.ts"

/** Asks pod `v1`, which answers by a script, by a route with these settings. */
async function scripted(s: Session, rule: JsonObject, acts: readonly string[], ask: Ask = {}) {
  await s.apply(s.subsets(), s.rule({ http: [{ ...rule, route: [s.to("v1")] }] }))
  for (const act of acts) await s.ask({ ...ask, headers: { ...ask.headers, ...s.script(act) } })
}

const retrying = (retryOn: string, attempts = 2, more: JsonObject = {}): JsonObject => ({
  retries: { attempts, retryOn, backoff: "1ms", ...more },
})

export const retries = suite("retries", {
  "by-default": (s) => scripted(s, {}, ["503 200", "500 200", "404 200"]),
  "without-a-virtual-service": async (s) => {
    await s.ask({ connect: "echo-v1", headers: s.script("503 200") })
  },
  off: (s) => scripted(s, { retries: { attempts: 0 } }, ["503 200"]),
  "5xx": (s) => scripted(s, retrying("5xx"), ["500 503 200", "reset 200", "500 501 502 200", "404 200"]),
  "gateway-error": (s) => scripted(s, retrying("gateway-error"), ["502 503 200", "500 200", "reset 200"]),
  reset: (s) => scripted(s, retrying("reset"), ["reset 200", "503 200"]),
  "connect-failure": (s) => scripted(s, retrying("connect-failure"), ["503 200"]),
  "a-connection-that-is-reset": async (s) => {
    await s.ask({ connect: "echo-v1" })
    await s.ask({ connect: "echo-v1", headers: s.script("reset 200") })
    await scripted(s, { retries: { attempts: 0 } }, ["reset 200"])
    await scripted(s, retrying("connect-failure"), ["reset 200"])
    await scripted(s, retrying("gateway-error"), ["reset 200"], { method: "POST" })
  },
  "retriable-4xx": (s) => scripted(s, retrying("retriable-4xx"), ["409 200", "404 200"]),
  "listed-statuses": (s) => scripted(s, retrying("429,503"), ["429 503 200", "500 200"]),
  "used-up": (s) => scripted(s, retrying("5xx", 3), ["503 503 503 200", "503 503 503 503 200", "reset"]),
  "per-try-timeout": (s) =>
    scripted(s, retrying("5xx", 1, { perTryTimeout: "300ms" }), ["delay:3000 200", "delay:3000 delay:3000 200"]),
  "of-a-post": (s) => scripted(s, retrying("5xx"), ["503 200", "reset 200"], { method: "POST", body: "content" }),
  "at-the-gateway": async (s) => {
    const host = `${s.name}.test`
    const http = [{ ...retrying("5xx"), route: [s.to("v1")] }]
    await s.apply(s.subsets(), s.rule({ hosts: [host], gateways: ["shared"], http }))
    await s.ask({ from: "gateway", host, headers: s.script("503 reset 200") })
  },
  "at-another-pod": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ ...retrying("5xx"), route: [s.to("v3")] }] }))
    await s.shares({ v3: 100 }, { headers: { "x-fails": "echo-v3-a" } }, 100)
  },
})

export const timeouts = suite("timeouts", {
  passed: (s) => scripted(s, { timeout: "300ms" }, ["delay:3000", "200"]),
  none: (s) => scripted(s, {}, ["delay:1500"]),
  "with-retries": (s) =>
    scripted(s, { timeout: "700ms", ...retrying("5xx", 5, { perTryTimeout: "5s" }) }, ["503 delay:3000"]),
  "at-the-gateway": async (s) => {
    const host = `${s.name}.test`
    const http = [{ timeout: "300ms", route: [s.to("v1")] }]
    await s.apply(s.subsets(), s.rule({ hosts: [host], gateways: ["shared"], http }))
    await s.ask({ from: "gateway", host, headers: s.script("delay:3000") })
  },
})

const abort = (status: number, value?: number): JsonObject => ({
  fault: { abort: { httpStatus: status, ...(value !== undefined && { percentage: { value } }) } },
})
const delay = (fixedDelay: string, value: number): JsonObject => ({ fixedDelay, percentage: { value } })

export const faults = suite("faults", {
  "abort-all": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ ...abort(555, 100), route: [s.to("v1")] }] }))
    await s.ask()
    await s.ask({ method: "HEAD" })
  },
  "abort-half": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ ...abort(500, 50), route: [s.to("v1")] }] }))
    await s.shares({ 500: 50, v1: 50 })
  },
  "abort-none": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ ...abort(500, 0), route: [s.to("v1")] }] }))
    await s.shares({ v1: 100 }, {}, 50)
  },
  "abort-without-percentage": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ ...abort(500), route: [s.to("v1")] }] }))
    await s.shares({ 500: 100 }, {}, 50)
  },
  "abort-by-match": async (s) => {
    const beta = { match: [{ headers: { "x-user": { exact: "beta" } } }], ...abort(503, 100), route: [s.to("v1")] }
    await s.apply(s.subsets(), s.rule({ http: [beta, { route: [s.to("v2")] }] }))
    await s.who({ headers: { "x-user": "beta" } })
    await s.who()
  },
  delay: async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ fault: { delay: delay("400ms", 100) }, route: [s.to("v1")] }] }))
    const { ms } = await s.ask()
    s.note("waited for 400 ms", ms >= 350)
  },
  "delay-half": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ fault: { delay: delay("700ms", 50) }, route: [s.to("v1")] }] }))
    await s.slow({ fast: 50, slow: 50 }, 600, 160)
  },
  "delay-and-abort": async (s) => {
    const fault = { delay: delay("400ms", 100), abort: { httpStatus: 501, percentage: { value: 100 } } }
    await s.apply(s.subsets(), s.rule({ http: [{ fault, route: [s.to("v1")] }] }))
    const { ms } = await s.ask()
    s.note("waited for 400 ms", ms >= 350)
  },
  "delay-past-the-timeout": async (s) => {
    const rule = { fault: { delay: delay("600ms", 100) }, timeout: "200ms", route: [s.to("v1")] }
    await s.apply(s.subsets(), s.rule({ http: [rule] }))
    await s.ask()
  },
  "not-retried": async (s) => {
    await s.apply(s.subsets(), s.rule({ http: [{ ...abort(503, 100), ...retrying("5xx"), route: [s.to("v1")] }] }))
    await s.ask()
  },
  "at-the-gateway": async (s) => {
    const host = `${s.name}.test`
    const http = [{ ...abort(418, 100), route: [s.to("v1")] }]
    await s.apply(s.subsets(), s.rule({ hosts: [host], gateways: ["shared"], http }))
    await s.ask({ from: "gateway", host })
  },
})
