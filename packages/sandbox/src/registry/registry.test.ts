import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { createServer } from "node:http"
import { closeServer, listen, readBody } from "../http/index.ts"
import { digestOf, mediaTypes } from "../oci/index.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import type { Registry, RegistryOptions } from "./options.ts"
import { startRegistry } from "./registry.ts"
import { until } from "../testing/until.ts"

const log = () => undefined

async function registry(options: Partial<RegistryOptions> = {}): Promise<Registry> {
  return closing(await startRegistry({ dataDir: await temporaryFolder(), log, ...options }))
}

type Init = RequestInit & { duplex?: "half" }
const call = (at: Registry, method: string, path: string, init: Init = {}) =>
  fetch(new URL(path, at.url), { method, redirect: "manual", ...init })

async function pushBlob(at: Registry, repository: string, content: string): Promise<string> {
  const digest = digestOf(content)
  const response = await call(at, "POST", `/v2/${repository}/blobs/uploads/?digest=${digest}`, { body: content })
  expect(response.status).toBe(201)
  return digest
}

/** A manifest with one layer, pushed with all its parts. */
async function pushImage(
  at: Registry,
  repository: string,
  tag: string,
  extra: object = {},
): Promise<{ digest: string; text: string }> {
  const config = "{}"
  const layer = `layer of ${tag}`
  const descriptor = async (mediaType: string, content: string) => ({
    mediaType,
    size: content.length,
    digest: await pushBlob(at, repository, content),
  })
  const text = JSON.stringify({
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: await descriptor(mediaTypes.config, config),
    layers: [await descriptor(mediaTypes.layer, layer)],
    ...extra,
  })
  const response = await putManifest(at, repository, tag, text)
  expect(response.status, await response.clone().text()).toBe(201)
  return { digest: digestOf(text), text }
}

function putManifest(
  at: Registry,
  repository: string,
  reference: string,
  text: string,
  type: string = mediaTypes.manifest,
): Promise<Response> {
  return call(at, "PUT", `/v2/${repository}/manifests/${reference}`, { body: text, headers: { "content-type": type } })
}

async function codeOf(response: Response): Promise<[number, string]> {
  const body = (await response.json()) as { errors: { code: string }[] }
  return [response.status, body.errors[0]?.code ?? ""]
}

describe("blobs", () => {
  it("are uploaded in chunks, in order only, and come back whole or in part", async () => {
    const at = await registry()
    const content = "0123456789abcdef"
    const started = await call(at, "POST", "/v2/app/blobs/uploads/")
    expect(started.status).toBe(202)
    const place = started.headers.get("location") ?? ""
    const chunk = (range: string, body: string) =>
      call(at, "PATCH", place, { body, headers: { "content-range": range } })
    const first = await chunk("0-7", "01234567")
    expect([first.status, first.headers.get("range")]).toEqual([202, "0-7"])
    const gap = await chunk("12-15", "cdef")
    expect([gap.status, gap.headers.get("range")]).toEqual([416, "0-7"])
    expect((await chunk("8-11", "89ab")).status).toBe(202)
    const state = await call(at, "GET", place)
    expect([state.status, state.headers.get("range")]).toEqual([204, "0-11"])
    const digest = digestOf(content)
    const ended = await call(at, "PUT", `${place}?digest=${digest}`, {
      body: "cdef",
      headers: { "content-range": "12-15" },
    })
    expect([ended.status, ended.headers.get("docker-content-digest")]).toEqual([201, digest])

    const whole = await call(at, "GET", ended.headers.get("location") ?? "")
    expect(await whole.text()).toBe(content)
    const ranged = async (range: string) => {
      const response = await call(at, "GET", `/v2/app/blobs/${digest}`, { headers: { range } })
      return [response.status, response.status === 206 ? await response.text() : response.headers.get("content-range")]
    }
    expect(await ranged("bytes=2-4")).toEqual([206, "234"])
    expect(await ranged("bytes=-3")).toEqual([206, "def"])
    expect(await ranged("bytes=14-99")).toEqual([206, "ef"])
    expect(await ranged("bytes=16-")).toEqual([416, "bytes */16"])
    const head = await call(at, "HEAD", `/v2/app/blobs/${digest}`)
    expect([head.status, head.headers.get("content-length")]).toEqual([200, "16"])
  })

  it("that are not what their digest says are refused", async () => {
    const at = await registry()
    const wrong = digestOf("something else")
    const response = await call(at, "POST", `/v2/app/blobs/uploads/?digest=${wrong}`, { body: "content" })
    expect(await codeOf(response)).toEqual([400, "DIGEST_INVALID"])
    expect((await call(at, "HEAD", `/v2/app/blobs/${wrong}`)).status).toBe(404)
  })

  it("may be named by SHA-512", async () => {
    const at = await registry()
    const digest = `sha512:${createHash("sha512").update("content").digest("hex")}`
    expect((await call(at, "POST", `/v2/app/blobs/uploads/?digest=${digest}`, { body: "content" })).status).toBe(201)
    expect(await (await call(at, "GET", `/v2/app/blobs/${digest}`)).text()).toBe("content")
  })

  it("a chunk that is not as long as it said is taken back", async () => {
    const at = await registry()
    const place = (await call(at, "POST", "/v2/app/blobs/uploads/")).headers.get("location") ?? ""
    const short = await call(at, "PATCH", place, { body: "abc", headers: { "content-range": "0-9" } })
    expect(await codeOf(short)).toEqual([400, "SIZE_INVALID"])
    expect((await call(at, "PUT", `${place}?digest=${digestOf("xyz")}`, { body: "xyz" })).status).toBe(201)
  })

  it("an upload goes on after a restart, and can be cancelled", async () => {
    const dataDir = await temporaryFolder()
    const before = await startRegistry({ dataDir, log })
    const place = (await call(before, "POST", "/v2/app/blobs/uploads/")).headers.get("location") ?? ""
    await call(before, "PATCH", place, { body: "abc" })
    const other = (await call(before, "POST", "/v2/app/blobs/uploads/")).headers.get("location") ?? ""
    await before.close()
    const after = await registry({ dataDir })
    expect((await call(after, "PUT", `${place}?digest=${digestOf("abcdef")}`, { body: "def" })).status).toBe(201)
    expect((await call(after, "DELETE", other)).status).toBe(204)
    expect(await codeOf(await call(after, "PATCH", other, { body: "abc" }))).toEqual([404, "BLOB_UPLOAD_UNKNOWN"])
  })

  it("are mounted from another repository; what is not there is uploaded instead", async () => {
    const at = await registry()
    const digest = await pushBlob(at, "base", "shared")
    expect((await call(at, "HEAD", `/v2/app/blobs/${digest}`)).status).toBe(404)
    const mount = (from: string) => call(at, "POST", `/v2/app/blobs/uploads/?mount=${digest}&from=${from}`)
    expect((await mount("nowhere")).status).toBe(202)
    expect((await mount("base")).status).toBe(201)
    expect(await (await call(at, "GET", `/v2/app/blobs/${digest}`)).text()).toBe("shared")
    expect((await call(at, "DELETE", `/v2/app/blobs/${digest}`)).status).toBe(202)
    expect((await call(at, "HEAD", `/v2/app/blobs/${digest}`)).status).toBe(404)
    expect((await call(at, "HEAD", `/v2/base/blobs/${digest}`)).status).toBe(200)
  })
})

describe("manifests", () => {
  it("are found by tag and by digest, byte for byte, and not sent to who has them", async () => {
    const at = await registry()
    const { digest, text } = await pushImage(at, "team/app", "1.0")
    for (const reference of ["1.0", digest]) {
      const response = await call(at, "GET", `/v2/team/app/manifests/${reference}`)
      expect(await response.text()).toBe(text)
      expect(response.headers.get("content-type")).toBe(mediaTypes.manifest)
      expect(response.headers.get("docker-content-digest")).toBe(digest)
      const etag = response.headers.get("etag") ?? ""
      const again = await call(at, "GET", `/v2/team/app/manifests/${reference}`, { headers: { "if-none-match": etag } })
      expect(again.status).toBe(304)
    }
    const head = await call(at, "HEAD", "/v2/team/app/manifests/1.0")
    expect([head.status, head.headers.get("content-length")]).toEqual([200, String(text.length)])
  })

  it("a tag moves to what is pushed last; the older one stays by digest", async () => {
    const at = await registry()
    const first = await pushImage(at, "app", "latest")
    const second = await pushImage(at, "app", "latest", { annotations: { a: "b" } })
    const digestOfTag = async () =>
      (await call(at, "HEAD", "/v2/app/manifests/latest")).headers.get("docker-content-digest")
    expect(await digestOfTag()).toBe(second.digest)
    expect((await call(at, "GET", `/v2/app/manifests/${first.digest}`)).status).toBe(200)
  })

  it("with parts that are missing, of another type or not JSON are refused", async () => {
    const at = await registry()
    const { text } = await pushImage(at, "app", "1")
    expect(await codeOf(await putManifest(at, "other", "1", text))).toEqual([400, "MANIFEST_BLOB_UNKNOWN"])
    expect(await codeOf(await putManifest(at, "app", "1", text, mediaTypes.index))).toEqual([400, "MANIFEST_INVALID"])
    expect(await codeOf(await putManifest(at, "app", "1", "{"))).toEqual([400, "MANIFEST_INVALID"])
    expect(await codeOf(await putManifest(at, "app", digestOf("x"), text))).toEqual([400, "DIGEST_INVALID"])
    expect(await codeOf(await putManifest(at, "app", "-bad", text))).toEqual([400, "TAG_INVALID"])
    expect(await codeOf(await putManifest(at, "App", "1", text))).toEqual([400, "NAME_INVALID"])
    expect((await putManifest(at, "app", "1", " ".repeat((4 << 20) + 1))).status).toBe(413)
  })

  it("an index names manifests that are there", async () => {
    const at = await registry()
    const { digest, text } = await pushImage(at, "app", "1-amd64")
    const platform = { os: "linux", architecture: "amd64" }
    const index = (of: string) =>
      JSON.stringify({
        schemaVersion: 2,
        mediaType: mediaTypes.index,
        manifests: [{ mediaType: mediaTypes.manifest, digest: of, size: text.length, platform }],
      })
    expect((await putManifest(at, "app", "1", index(digest), mediaTypes.index)).status).toBe(201)
    expect(await codeOf(await putManifest(at, "app", "2", index(digestOf("none")), mediaTypes.index))).toEqual([
      400,
      "MANIFEST_BLOB_UNKNOWN",
    ])
  })

  it("are deleted by tag (the tag only) and by digest (with its tags)", async () => {
    const at = await registry()
    const { digest } = await pushImage(at, "app", "1")
    await call(at, "PUT", "/v2/app/manifests/2", {
      body: await (await call(at, "GET", "/v2/app/manifests/1")).text(),
      headers: { "content-type": mediaTypes.manifest },
    })
    expect((await call(at, "DELETE", "/v2/app/manifests/1")).status).toBe(202)
    expect(await codeOf(await call(at, "GET", "/v2/app/manifests/1"))).toEqual([404, "MANIFEST_UNKNOWN"])
    expect((await call(at, "HEAD", `/v2/app/manifests/${digest}`)).status).toBe(200)
    expect((await call(at, "DELETE", `/v2/app/manifests/${digest}`)).status).toBe(202)
    expect((await call(at, "HEAD", "/v2/app/manifests/2")).status).toBe(404)
    expect((await call(at, "DELETE", `/v2/app/manifests/${digest}`)).status).toBe(404)
  })

  it("that refer to another one are listed for it, by kind if asked", async () => {
    const at = await registry()
    const { digest, text } = await pushImage(at, "app", "1")
    const subject = { mediaType: mediaTypes.manifest, digest, size: text.length }
    const put = async (tag: string, artifactType: string) => {
      const pushed = await pushImage(at, "app", tag, { subject, artifactType, annotations: { of: tag } })
      return pushed.digest
    }
    const signature = await put("sig", "application/vnd.example.signature")
    const sbom = await put("sbom", "application/vnd.example.sbom")
    const list = async (query = "") => {
      const response = await call(at, "GET", `/v2/app/referrers/${digest}${query}`)
      const index = (await response.json()) as { mediaType: string; manifests: { digest: string }[] }
      expect(index.mediaType).toBe(mediaTypes.index)
      return {
        found: index.manifests.map((m) => m.digest).sort(),
        filters: response.headers.get("oci-filters-applied"),
      }
    }
    expect(await list()).toEqual({ found: [sbom, signature].sort(), filters: null })
    expect(await list("?artifactType=application/vnd.example.sbom")).toEqual({ found: [sbom], filters: "artifactType" })
    await call(at, "DELETE", `/v2/app/manifests/${sbom}`)
    expect((await list()).found).toEqual([signature])
    const none = await call(at, "GET", `/v2/app/referrers/${digestOf("none")}`)
    expect([none.status, await none.json()]).toEqual([
      200,
      { schemaVersion: 2, mediaType: mediaTypes.index, manifests: [] },
    ])
  })
})

describe("listings", () => {
  it("page through all tags by the links that they give", async () => {
    const at = await registry()
    for (const tag of ["0.10.0", "0.2.0", "0.1.0", "latest", "v1.tmp"]) await pushImage(at, "app", tag)
    const seen: string[][] = []
    let next: string | undefined = "/v2/app/tags/list?n=2"
    while (next !== undefined) {
      const response: Response = await call(at, "GET", next)
      seen.push(((await response.json()) as { tags: string[] }).tags)
      next = /^<(.+)>; rel="next"$/.exec(response.headers.get("link") ?? "")?.[1]
    }
    expect(seen).toEqual([["0.1.0", "0.10.0"], ["0.2.0", "latest"], ["v1.tmp"]])
  })

  it("answer 304 while nothing changed", async () => {
    const at = await registry()
    await pushImage(at, "app", "1")
    const first = await call(at, "GET", "/v2/app/tags/list")
    const headers = { "if-none-match": first.headers.get("etag") ?? "" }
    expect((await call(at, "GET", "/v2/app/tags/list", { headers })).status).toBe(304)
    await pushImage(at, "app", "2")
    expect((await call(at, "GET", "/v2/app/tags/list", { headers })).status).toBe(200)
  })

  it("know the repositories, and say which they do not know", async () => {
    const at = await registry()
    await pushImage(at, "team/app/web", "1")
    await pushImage(at, "podinfo", "1")
    expect(await (await call(at, "GET", "/v2/_catalog")).json()).toEqual({ repositories: ["podinfo", "team/app/web"] })
    expect(await codeOf(await call(at, "GET", "/v2/nothing/tags/list"))).toEqual([404, "NAME_UNKNOWN"])
    expect(await codeOf(await call(at, "GET", "/v2/podinfo/tags/list?n=x"))).toEqual([400, "PAGINATION_NUMBER_INVALID"])
  })
})

describe("access", () => {
  const users = [
    { name: "ci", password: "secret", access: "push" },
    { name: "node", password: "reader", access: "pull" },
  ] as const
  const basic = (name: string, password: string) => `Basic ${Buffer.from(`${name}:${password}`).toString("base64")}`

  it("by basic credentials", async () => {
    const at = await registry({ auth: { scheme: "basic", users, anonymousPull: false } })
    const challenge = await call(at, "GET", "/v2/")
    expect([challenge.status, challenge.headers.get("www-authenticate")]).toEqual([401, 'Basic realm="serin-registry"'])
    const as = (authorization: string) => call(at, "POST", "/v2/app/blobs/uploads/", { headers: { authorization } })
    expect((await as(basic("ci", "secret"))).status).toBe(202)
    expect(await codeOf(await as(basic("node", "reader")))).toEqual([403, "DENIED"])
    expect(await codeOf(await as(basic("ci", "wrong")))).toEqual([401, "UNAUTHORIZED"])
  })

  it("by a token that the challenge tells where to get", async () => {
    const at = await registry({ auth: { scheme: "bearer", users, anonymousPull: true } })
    const challenged = await call(at, "POST", "/v2/app/blobs/uploads/")
    const [, realm, service, scope] =
      /^Bearer realm="([^"]+)",service="([^"]+)",scope="([^"]+)"$/.exec(
        challenged.headers.get("www-authenticate") ?? "",
      ) ?? []
    const tokenFor = async (authorization?: string) => {
      const url = `${realm}?${new URLSearchParams({ service: service ?? "", scope: scope ?? "" }).toString()}`
      const response = await fetch(url, authorization === undefined ? {} : { headers: { authorization } })
      return response.status === 200 ? ((await response.json()) as { token: string }).token : response.status
    }
    const upload = (token: unknown) =>
      call(at, "POST", "/v2/app/blobs/uploads/", { headers: { authorization: `Bearer ${String(token)}` } })
    expect((await upload(await tokenFor(basic("ci", "secret")))).status).toBe(202)
    const weak = await upload(await tokenFor(basic("node", "reader")))
    expect([weak.status, weak.headers.get("www-authenticate")]).toEqual([
      401,
      expect.stringContaining("insufficient_scope"),
    ])
    expect((await upload(await tokenFor())).status).toBe(401)
    expect(await tokenFor(basic("ci", "wrong"))).toBe(401)
    expect((await upload("forged.token")).status).toBe(401)
  })

  it("refuses names that are not this machine's, so that no web page gets in", async () => {
    const at = await registry()
    const { request } = await import("undici")
    const answer = await request(`${at.url}/v2/`, { headers: { host: "evil.example" } })
    expect(answer.statusCode).toBe(421)
    await answer.body.dump()
  })
})

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
