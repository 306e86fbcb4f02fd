import { describe, expect, it } from "vitest"
import { createServer } from "node:http"
import { closeServer, listen, readBody } from "../http/index.ts"
import { digestOf, mediaTypes } from "../oci/index.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import { startRegistry } from "./registry.ts"
import { until } from "../testing/until.ts"
import { log, registry, call, pushBlob, pushImage } from "./testing.ts"

describe("notifications", () => {
  interface Envelope {
    events: { action: string; target: Record<string, unknown>; request: Record<string, unknown> }[]
  }

  async function listener(answers: number[] = []) {
    const events: { headers: Record<string, unknown>; event: Envelope["events"][number] }[] = []
    const server = createServer((request, response) => {
      void readBody(request, 100_000).then((body) => {
        const status = answers.shift() ?? 200
        const envelope = JSON.parse(body.toString()) as Envelope
        if (status === 200) events.push(...envelope.events.map((event) => ({ headers: request.headers, event })))
        response.writeHead(status).end()
      })
    })
    const port = await listen(server, 0, "listener")
    closing({ close: () => closeServer(server) })
    return { url: `http://127.0.0.1:${port}/hooks/registry`, events }
  }

  it("tell of each push in docker-distribution's envelope, again when the receiver failed", async () => {
    const { url, events } = await listener([503])
    const at = await registry({
      notifications: [{ url, headers: { authorization: "Bearer t" }, ignoreActions: ["pull"] }],
    })
    const { digest, text } = await pushImage(at, "podinfo", "0.2.1")
    await call(at, "GET", "/v2/podinfo/manifests/0.2.1")
    await call(at, "DELETE", "/v2/podinfo/manifests/0.2.1")
    await until(() => expect(events.map(({ event }) => event.action)).toEqual(["push", "push", "push", "delete"]))
    expect(events[2]?.headers).toMatchObject({
      authorization: "Bearer t",
      "content-type": "application/vnd.docker.distribution.events.v1+json",
    })
    expect(events[2]?.event).toMatchObject({
      action: "push",
      target: {
        mediaType: mediaTypes.manifest,
        size: text.length,
        length: text.length,
        digest,
        repository: "podinfo",
        tag: "0.2.1",
        url: `${at.url}/v2/podinfo/manifests/${digest}`,
      },
      request: { host: at.host, method: "PUT" },
    })
    expect(events[3]?.event.target).toEqual({ repository: "podinfo", tag: "0.2.1" })
  })

  it("go to the endpoints of the moment", async () => {
    const first = await listener()
    const second = await listener()
    const at = await registry({ notifications: [{ url: first.url }] })
    await pushBlob(at, "app", "one")
    at.setNotifications([{ url: second.url }])
    await pushBlob(at, "app", "two")
    await until(() => expect([first.events.length, second.events.length]).toEqual([1, 1]))
    expect(second.events[0]?.event.target["digest"]).toBe(digestOf("two"))
  })
})

describe("startRegistry", () => {
  it("says that its port is in use", async () => {
    const at = await registry()
    await expect(registry({ port: at.port })).rejects.toThrow(
      /Port \d+ on 127\.0\.0\.1, wanted for the registry, is in use/,
    )
  })

  it("serves the same after a restart", async () => {
    const dataDir = await temporaryFolder()
    const before = await startRegistry({ dataDir, log })
    const { text } = await pushImage(before, "app", "1")
    await before.close()
    const after = await registry({ dataDir })
    expect(await (await call(after, "GET", "/v2/app/manifests/1")).text()).toBe(text)
  })
})
