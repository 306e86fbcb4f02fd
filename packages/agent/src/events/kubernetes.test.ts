import { describe, expect, it } from "vitest"
import { createKubeClient } from "../kube/index.ts"
import { answer, startScriptedApi } from "../kube/scripted-api.ts"
import { ManualClock } from "../runtime/index.ts"
import { writeKubernetesEvents } from "./kubernetes.ts"
import { EventStream } from "./stream.ts"

const event = {
  kind: "drift",
  severity: "info",
  subject: "ConfigMap test/a",
  message: "data.x changed, put back",
} as const

/** The cluster's Events, kept as the API would. */
async function cluster(status = 201) {
  const events = new Map<string, Record<string, unknown>>()
  const api = await startScriptedApi(
    (request, response, url) => {
      const name = url.pathname.split("/")[6]
      if (request.method === "GET" && url.pathname.includes("/events/"))
        return answer(response, 200, events.get(name ?? ""))
      if (request.method === "GET") return answer(response, 200, { metadata: { name: "a", uid: "u-1" } })
      let body = ""
      request.on("data", (chunk) => (body += String(chunk)))
      request.on("end", () => {
        const object = JSON.parse(body) as { metadata: { name: string } }
        if (request.method === "PATCH") {
          const patched = { ...events.get(name ?? ""), ...object }
          events.set(name ?? "", patched)
          return answer(response, 200, patched)
        }
        if (events.has(object.metadata.name)) return answer(response, 409, { kind: "Status", reason: "AlreadyExists" })
        if (status === 201) events.set(object.metadata.name, object)
        return answer(response, status, status === 201 ? object : { kind: "Status", message: "no" })
      })
      return undefined
    },
    [["v1", "events", "Event"]],
  )
  const kube = createKubeClient(api.credentials)
  const stream = new EventStream({ clock: new ManualClock() })
  const log: string[] = []
  const writer = writeKubernetesEvents({ stream, kube, log: (message) => log.push(message) })
  return {
    stream,
    log,
    written: async () => {
      await writer.close()
      await kube.close()
      await api.close()
      return [...events.values()]
    },
  }
}

describe("Kubernetes Events", () => {
  it("say what happened to an object, where kubectl describe looks for it", async () => {
    const { stream, written } = await cluster()
    stream.emit(event)
    expect(await written()).toEqual([
      expect.objectContaining({
        involvedObject: { apiVersion: "v1", kind: "ConfigMap", namespace: "test", name: "a", uid: "u-1" },
        reason: "DriftCorrected",
        type: "Normal",
        message: event.message,
        count: 1,
      }),
    ])
  })

  it("are counted, not repeated", async () => {
    const { stream, written } = await cluster()
    for (let round = 0; round < 3; round += 1) stream.emit(event)
    stream.emit({ ...event, severity: "warning", message: "data.y changed" })
    expect((await written()).map(({ count, type }) => [count, type])).toEqual([
      [3, "Normal"],
      [1, "Warning"],
    ])
  })

  it("are about objects only", async () => {
    const { stream, written } = await cluster()
    stream.emit({ ...event, subject: "slack" })
    stream.emit({ kind: "error", severity: "error", message: "no subject" })
    expect(await written()).toEqual([])
  })

  it("do not repeat what a Repository's status says of each push, but what is wrong with it", async () => {
    const { stream, written } = await cluster()
    const subject = "Repository test/config"
    stream.emit({ kind: "sync", severity: "info", subject, message: "abc applied" })
    stream.emit({ kind: "error", severity: "warning", subject, message: "the host is away" })
    expect((await written()).map(({ message }) => message)).toEqual(["the host is away"])
  })

  it("may fail without harm", async () => {
    const { stream, written, log } = await cluster(403)
    stream.emit(event)
    expect(await written()).toEqual([])
    expect(log).toEqual(["event could not be written"])
  })
})
