import { afterEach, describe, expect, it, vi } from "vitest"
import { systemClock } from "../runtime/index.ts"
import { createKubeClient } from "./client.ts"
import { answer, event, startScriptedApi, type Script } from "./scripted-api.ts"
import { Secrets } from "./secrets.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function started(script: Script) {
  const api = await startScriptedApi(script, [["v1", "secrets", "Secret"]])
  closing.push(() => api.close())
  const kube = createKubeClient(api.credentials)
  closing.push(() => kube.close())
  const secrets = new Secrets({ kube, clock: systemClock, log: () => undefined })
  closing.push(() => secrets.close())
  const value = async (name: string) => {
    const read = await secrets.read("test", name)
    return read.ok ? read.value.data?.["key"] : read.error.code
  }
  const changed: string[] = []
  secrets.onChange((key) => changed.push(key))
  return { api, value, changed }
}

const isWatch = (url: URL) => url.searchParams.get("watch") === "true"
const secret = (key: string, resourceVersion: string) => ({
  apiVersion: "v1",
  kind: "Secret",
  metadata: { name: "a", namespace: "test", resourceVersion },
  data: { key },
})
const list = (...items: unknown[]) => ({ kind: "SecretList", metadata: { resourceVersion: "5" }, items })

describe("secrets", () => {
  it("are asked for once and watched by name from then on, so that a new value is there at once", async () => {
    let change: () => void = () => undefined
    const { api, value, changed } = await started((_request, response, url) => {
      if (!isWatch(url)) return answer(response, 200, list(secret("old", "4")))
      change = () => event(response, "MODIFIED", secret("new", "6"))
      response.writeHead(200).flushHeaders()
    })
    expect(await Promise.all([value("a"), value("a")])).toEqual(["old", "old"])
    await vi.waitFor(() => expect(api.requests).toHaveLength(2))
    change()
    await vi.waitFor(async () => expect(await value("a")).toBe("new"))
    expect(changed).toEqual(["test/a", "test/a"])
    expect(api.requests.map((request) => request.replace(/&(limit|allow).*/, ""))).toEqual([
      "GET /api/v1/namespaces/test/secrets?fieldSelector=metadata.name%3Da",
      "GET /api/v1/namespaces/test/secrets?fieldSelector=metadata.name%3Da&watch=true",
    ])
  })

  it("that do not exist are said so", async () => {
    const { value } = await started((_request, response, url) => {
      if (!isWatch(url)) answer(response, 200, list())
    })
    expect(await value("a")).toBe("KUBE_NOT_FOUND")
  })

  it("are asked for one by one where watching is not allowed", async () => {
    const { api, value } = await started((_request, response, url) => {
      if (url.pathname.endsWith("/secrets")) return answer(response, 403, { kind: "Status", message: "no" })
      answer(response, 200, secret("got", "4"))
    })
    expect([await value("a"), await value("a")]).toEqual(["got", "got"])
    expect(api.requests.filter((request) => request === "GET /api/v1/namespaces/test/secrets/a")).toHaveLength(2)
  })

  it("fail with the API, and are tried anew the next time", async () => {
    let away = true
    const { value } = await started((_request, response, url) => {
      if (away) return answer(response, 500, { kind: "Status", message: "away" })
      if (!isWatch(url)) answer(response, 200, list(secret("back", "4")))
    })
    expect(await value("a")).toBe("KUBE_FAILED")
    away = false
    expect(await value("a")).toBe("back")
  })
})
