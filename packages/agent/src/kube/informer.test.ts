import { afterEach, describe, expect, it, vi } from "vitest"
import { ManualClock, systemClock, type Clock } from "../runtime/index.ts"
import { createKubeClient } from "./client.ts"
import { createInformer } from "./informer.ts"
import { answer, configMap, event, startScriptedApi, type Script } from "./scripted-api.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function informed(script: Script, clock: Clock = systemClock) {
  const api = await startScriptedApi(script)
  closing.push(() => api.close())
  const client = createKubeClient(api.credentials)
  closing.push(() => client.close())
  const logged: string[] = []
  const informer = createInformer({
    client,
    kind: { apiVersion: "v1", kind: "ConfigMap" },
    clock,
    log: (message, fields) => logged.push(`${message} ${String(fields?.["code"])}`),
  })
  closing.push(() => informer.close())
  const changed: string[] = []
  informer.onChange((name) => changed.push(name))
  return { api, informer, changed, logged, names: () => informer.list().map(({ metadata }) => metadata.name) }
}

const isWatch = (url: URL) => url.searchParams.get("watch") === "true"
const page = (items: unknown[], resourceVersion: string, next?: string) => ({
  kind: "ConfigMapList",
  metadata: { resourceVersion, continue: next },
  items,
})

describe("informer", () => {
  it("reads all pages, then follows changes, telling only names", async () => {
    const { api, informer, changed, names } = await informed((_request, response, url) => {
      if (!isWatch(url)) {
        const second = url.searchParams.get("continue") === "more"
        return answer(
          response,
          200,
          second ? page([configMap("b", "2")], "5") : page([configMap("a", "1")], "5", "more"),
        )
      }
      event(response, "ADDED", configMap("c", "6"))
      event(response, "MODIFIED", configMap("a", "7", { x: "y" }))
      event(response, "DELETED", configMap("b", "8"))
    })
    await informer.synced()
    await vi.waitFor(() => expect(names()).toEqual(["a", "c"]))
    expect(changed).toEqual(["test/a", "test/b", "test/c", "test/a", "test/b"])
    expect(informer.get("test/a")).toMatchObject({ data: { x: "y" } })
    expect(api.requests.at(-1)).toMatch(/watch=true&allowWatchBookmarks=true&resourceVersion=5&/)
  })

  it("puts lines together that arrive in pieces", async () => {
    const { informer } = await informed((_request, response, url) => {
      if (!isWatch(url)) return answer(response, 200, page([], "1"))
      const line = Buffer.from(
        `${JSON.stringify({ type: "ADDED", object: configMap("ü", "2", { key: "Größe 🚀" }) })}\n`,
      )
      let sent = 0
      const send = () => {
        response.write(line.subarray(sent, sent + 7))
        sent += 7
        if (sent < line.length) setImmediate(send)
      }
      send()
    })
    await vi.waitFor(() => expect(informer.get("test/ü")).toMatchObject({ data: { key: "Größe 🚀" } }))
  })

  it("goes on from the last bookmark when the server ends the watch", async () => {
    const clock = new ManualClock()
    const { api } = await informed((_request, response, url) => {
      if (!isWatch(url)) return answer(response, 200, page([], "1"))
      if (url.searchParams.get("resourceVersion") !== "1") return response.flushHeaders()
      event(response, "BOOKMARK", { metadata: { resourceVersion: "42" } })
      response.end()
      return undefined
    }, clock)
    await vi.waitFor(async () => {
      await clock.advance(1000)
      expect(api.requests.at(-1)).toContain("resourceVersion=42")
    })
    expect(api.requests.filter((request) => !request.includes("watch=true"))).toHaveLength(1)
  })

  it.each([
    ["as an answer", (response: Parameters<Script>[1]) => answer(response, 410, gone)],
    ["within the stream", (response: Parameters<Script>[1]) => event(response, "ERROR", gone)],
  ])("lists again after 410 Gone %s, noticing what vanished meanwhile", async (_how, refuse) => {
    let lists = 0
    const { changed, names } = await informed((_request, response, url) => {
      if (!isWatch(url)) {
        lists += 1
        return answer(
          response,
          200,
          lists === 1
            ? page([configMap("old", "1"), configMap("same", "1")], "1")
            : page([configMap("same", "1"), configMap("new", "9")], "9"),
        )
      }
      return url.searchParams.get("resourceVersion") === "1" ? refuse(response) : response.flushHeaders()
    })
    await vi.waitFor(() => expect(names()).toEqual(["same", "new"]))
    expect(changed).toEqual(["test/old", "test/same", "test/new", "test/old"])
  })

  it("opens a new watch when the old one is silent for too long", async () => {
    const clock = new ManualClock()
    const { api } = await informed((_request, response, url) => {
      if (!isWatch(url)) return answer(response, 200, page([], "1"))
      return response.flushHeaders()
    }, clock)
    await vi.waitFor(() => expect(api.requests.filter((request) => request.includes("watch=true"))).toHaveLength(1))
    await vi.waitFor(() => expect(clock.pending.count).toBe(1))
    await clock.advance(150_000)
    await vi.waitFor(() => expect(api.requests.filter((request) => request.includes("watch=true"))).toHaveLength(2))
  })

  it("waits while the API is away, says so once, and goes on", async () => {
    const clock = new ManualClock()
    let away = true
    const { informer, logged } = await informed((_request, response, url) => {
      if (away) return answer(response, 503, { kind: "Status", message: "starting" })
      if (!isWatch(url)) return answer(response, 200, page([configMap("a", "1")], "1"))
      return response.flushHeaders()
    }, clock)
    let synced = false
    const waiting = informer.synced().then(() => {
      synced = true
    })
    await vi.waitFor(() => expect(logged).toEqual(["watch failed, trying again KUBE_FAILED"]))
    for (let tries = 0; tries < 5; tries += 1) await clock.advance(3000)
    expect({ synced, logged: logged.length }).toEqual({ synced: false, logged: 1 })
    away = false
    await vi.waitFor(async () => {
      await clock.advance(3000)
      expect(synced).toBe(true)
    })
    await waiting
  })

  it("does not hammer a server that ends every watch at once", async () => {
    const clock = new ManualClock()
    const { api } = await informed((_request, response, url) => {
      if (!isWatch(url)) return answer(response, 200, page([], "1"))
      return response.end()
    }, clock)
    await vi.waitFor(() => expect(clock.pending).toMatchObject({ count: 1, nextIn: 1000 }))
    expect(api.requests).toHaveLength(2)
  })
})

const gone = { kind: "Status", code: 410, reason: "Expired", message: "too old resource version" }
