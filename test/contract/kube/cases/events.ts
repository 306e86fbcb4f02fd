import { suite } from "../case.ts"
import { at, list, text, type JsonObject } from "../../harness/json.ts"

const event = (name: string, namespace: string, more: JsonObject = {}): JsonObject => ({
  apiVersion: "v1",
  kind: "Event",
  metadata: { name },
  involvedObject: { kind: "Pod", name: "p", namespace, apiVersion: "v1", uid: "88888888-8888-8888-8888-888888888888" },
  reason: "Testing",
  message: "Something happened",
  type: "Normal",
  source: { component: "contract" },
  firstTimestamp: "2026-01-01T00:00:00Z",
  lastTimestamp: "2026-01-01T00:00:00Z",
  count: 1,
  ...more,
})

export const events = suite("events", {
  "create-and-count": async (s) => {
    await s.post(s.core("events"), event("p.1", s.ns))
    await s.patch("strategic", s.core("events", "p.1"), { count: 2, lastTimestamp: "2026-01-01T00:01:00Z" })
  },
  "other-group-shows-the-same": async (s) => {
    await s.quiet("POST", s.core("events"), event("p.1", s.ns))
    await s.get(s.in("events.k8s.io/v1", "events", "p.1"))
    await s.post(s.in("events.k8s.io/v1", "events"), {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: "p.2" },
      eventTime: "2026-01-01T00:00:00.000000Z",
      reportingController: "example.com/contract",
      reportingInstance: "contract-1",
      action: "Test",
      reason: "Testing",
      type: "Normal",
      regarding: { kind: "Pod", name: "p", namespace: s.ns },
      note: "Seen",
    })
    await s.get(s.core("events", "p.2"))
  },
  "field-selectors": async (s) => {
    await s.quiet("POST", s.core("events"), event("p.1", s.ns))
    await s.quiet(
      "POST",
      s.core("events"),
      event("q.1", s.ns, {
        involvedObject: { kind: "Service", name: "q", namespace: s.ns },
        type: "Warning",
        reason: "Bad",
      }),
    )
    for (const selector of [
      "involvedObject.name=p",
      "involvedObject.kind=Service",
      "type=Warning",
      "reason=Bad",
      "involvedObject.uid=88888888-8888-8888-8888-888888888888,type!=Warning",
      "source=contract",
    ]) {
      await s.get(`${s.core("events")}?fieldSelector=${encodeURIComponent(selector)}`, {
        show: (body) =>
          list(body, "items").length > 0
            ? list(body, "items").map((item) => text(item, "metadata", "name"))
            : (at(body, "message") ?? []),
      })
    }
  },
  rules: async (s) => {
    await s.post(
      s.core("events"),
      event("p.1", s.ns, { involvedObject: { kind: "Pod", name: "p", namespace: "other" } }),
    )
    await s.post(s.in("events.k8s.io/v1", "events"), {
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name: "p.2" },
      regarding: {},
      note: "x",
    })
    const fresh = (name: string, more: JsonObject = {}): JsonObject => ({
      apiVersion: "events.k8s.io/v1",
      kind: "Event",
      metadata: { name },
      eventTime: "2026-01-01T00:00:00.000000Z",
      regarding: { kind: "Pod", name: "p", namespace: s.ns },
      reportingController: "example.com/tester",
      reportingInstance: "one",
      action: "Testing",
      reason: "Tested",
      type: "Normal",
      ...more,
    })
    const events = s.in("events.k8s.io/v1", "events")
    await s.post(events, fresh("p.3", { reportingController: "", action: "", deprecatedCount: 2 }))
    await s.post(events, fresh("p.4", { series: { count: 1 } }))
    await s.post(events, fresh("p.5", { reason: "r".repeat(129), note: "n".repeat(1025) }))
    await s.post(events, fresh("p.6"))
    await s.patch("merge", `${events}/p.6`, { note: "other", reportingInstance: "two" })
  },
  table: async (s) => {
    await s.quiet("POST", s.core("events"), event("p.1", s.ns, { firstTimestamp: null, lastTimestamp: null, count: 3 }))
    await s.get(s.core("events"), {
      accept: "application/json;as=Table;v=v1;g=meta.k8s.io",
      show: (body) => list(body, "rows").map((row) => at(row, "cells") ?? null),
    })
  },
})
