import { expect, it } from "vitest"
import type { KubeObject } from "./client.ts"
import type { Json } from "./json.ts"
import { removeExpiredEvents } from "./event-expiry.ts"
import { Store } from "./store/index.ts"

it("keeps an event for an hour after it was last seen", () => {
  const store = new Store()
  const events = store.collection("events")
  const event = (name: string, lastTimestamp: string) => {
    const metadata = { name, namespace: "test", creationTimestamp: "2030-01-01T00:00:00Z" }
    const object: KubeObject & Json = { apiVersion: "v1", kind: "Event", metadata, lastTimestamp }
    events.put(`test/${name}`, object)
  }
  event("once", "2030-01-01T00:00:00Z")
  event("again", "2030-01-01T00:30:00Z")
  const names = () => events.list().map(({ metadata }) => metadata.name)
  removeExpiredEvents(store, new Date("2030-01-01T00:59:59Z"))
  expect(names()).toEqual(["again", "once"])
  removeExpiredEvents(store, new Date("2030-01-01T01:00:00Z"))
  expect(names()).toEqual(["again"])
})
