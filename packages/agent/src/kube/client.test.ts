import { afterEach, describe, expect, it } from "vitest"
import { createKubeClient } from "./client.ts"
import { answer, configMap, startScriptedApi, type Script } from "./scripted-api.ts"
import { serviceAccountUser } from "./types.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function client(script: Script) {
  const api = await startScriptedApi(script)
  closing.push(() => api.close())
  const kube = createKubeClient(api.credentials, { timeoutMs: 2000 })
  closing.push(() => kube.close())
  return { kube, api }
}

const ref = { apiVersion: "v1", kind: "ConfigMap", name: "a", namespace: "test" }
const status = (code: number, more: object) => ({ kind: "Status", code, ...more })

describe("kube client", () => {
  it("applies as field manager serin, with force", async () => {
    let sent: { type: string | undefined; body: string } | undefined
    const { kube, api } = await client((request, response) => {
      let body = ""
      request.on("data", (chunk) => (body += String(chunk)))
      request.on("end", () => {
        sent = { type: request.headers["content-type"], body }
        answer(response, 200, configMap("a", "1"))
      })
    })
    const applied = await kube.apply(configMap("a", "1"), { dryRun: true, fieldValidation: "Strict" })
    expect(applied).toMatchObject({ ok: true, value: { metadata: { name: "a" } } })
    expect(api.requests).toEqual([
      "PATCH /api/v1/namespaces/test/configmaps/a?fieldManager=serin&dryRun=All&fieldValidation=Strict&force=true",
    ])
    expect(sent?.type).toBe("application/apply-patch+yaml")
    expect(JSON.parse(sent?.body ?? "")).toEqual(configMap("a", "1"))
  })

  it("speaks in another's name when asked to", async () => {
    const seen: unknown[] = []
    const { kube } = await client((request, response) => {
      seen.push(request.headers["impersonate-user"], request.headers["impersonate-group"])
      answer(response, 200, configMap("a", "1"))
    })
    await kube.as(serviceAccountUser("team", "deployer")).get(ref)
    await kube.get(ref)
    expect(seen).toEqual(["system:serviceaccount:team:deployer", undefined, undefined, undefined])
  })

  it("sends people to the webhook that does not answer, not to the API server", async () => {
    const message = 'Internal error occurred: failed calling webhook "rev.validation.istio.io": connection refused'
    const { kube } = await client((_, response) => answer(response, 500, status(500, { message })))
    expect(await kube.get(ref)).toMatchObject({
      error: {
        code: "KUBE_FAILED",
        next: expect.stringContaining("behind webhook rev.validation.istio.io;") as string,
      },
    })
  })

  it.each([
    [
      404,
      status(404, { reason: "NotFound", message: 'configmaps "a" not found' }),
      { code: "KUBE_NOT_FOUND", retry: "backoff" },
    ],
    [409, status(409, { reason: "Conflict", message: "modified" }), { code: "KUBE_CONFLICT", retry: "now" }],
    [409, status(409, { reason: "AlreadyExists", message: "exists" }), { code: "KUBE_EXISTS", retry: "never" }],
    [410, status(410, { reason: "Expired", message: "too old" }), { code: "KUBE_GONE" }],
    [
      422,
      status(422, { reason: "Invalid", message: "bad", details: { causes: [{ field: "spec.x", message: "no" }] } }),
      { code: "KUBE_INVALID", retry: "never", causes: [{ field: "spec.x", message: "no" }] },
    ],
    [
      500,
      status(500, { message: "failed to create typed patch object (…): .data.a: expected string" }),
      { code: "KUBE_INVALID", retry: "never" },
    ],
    [
      500,
      status(500, {
        message: "failed to convert new object (…) to proper version: illegal base64 data at input byte 8",
      }),
      { code: "KUBE_INVALID" },
    ],
    [500, "<html>a proxy</html>", { code: "KUBE_FAILED", message: "the Kubernetes API answered 500" }],
  ])("turns %i %j into a failure with a class", async (code, body, expected) => {
    const { kube } = await client((_request, response) => answer(response, code, body))
    expect(await kube.get(ref)).toMatchObject({ ok: false, error: { httpStatus: code, ...expected } })
  })

  it("keeps the pause that a busy API asks for", async () => {
    const { kube } = await client((_request, response) => {
      response.writeHead(429, { "retry-after": "7" }).end()
    })
    expect(await kube.get(ref)).toMatchObject({ error: { code: "KUBE_THROTTLED", retryAfterMs: 7000 } })
  })

  it("says which address does not answer", async () => {
    const kube = createKubeClient({ server: "http://127.0.0.1:1", access: async () => ({ tls: {}, headers: {} }) })
    closing.push(() => kube.close())
    const got = await kube.get(ref)
    expect(got).toMatchObject({ error: { code: "KUBE_UNREACHABLE", retry: "backoff", httpStatus: 0 } })
    expect(!got.ok && got.error.message).toMatch(
      /no answer from the Kubernetes API at http:\/\/127\.0\.0\.1:1: .*ECONNREFUSED/,
    )
  })

  it("asks discovery again for a kind that it does not know, and then says so", async () => {
    const { kube } = await client((_request, response) => answer(response, 200, {}))
    const got = await kube.get({ apiVersion: "example.org/v1", kind: "Widget", name: "w" })
    expect(got).toMatchObject({
      error: { code: "KUBE_UNKNOWN_KIND", message: "the cluster serves no kind Widget in example.org/v1" },
    })
  })

  it("takes a list in one piece when its pages expired", async () => {
    const { kube, api } = await client((_request, response, url) => {
      if (!url.searchParams.has("limit"))
        return answer(response, 200, { metadata: { resourceVersion: "9" }, items: [{ metadata: { name: "a" } }] })
      if (!url.searchParams.has("continue")) return answer(response, 200, { metadata: { continue: "x" }, items: [] })
      return answer(response, 410, status(410, { reason: "Expired" }))
    })
    expect(await kube.list(ref, { labelSelector: "app=web" })).toEqual({
      ok: true,
      value: { items: [{ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } }], resourceVersion: "9" },
    })
    expect(api.requests.at(-1)).toBe("GET /api/v1/configmaps?labelSelector=app%3Dweb")
  })

  it("does not send an object without a namespace to where it cannot be", async () => {
    const { kube, api } = await client((_request, response) => answer(response, 200, {}))
    const got = await kube.apply({ apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a" } })
    expect(got).toMatchObject({ error: { code: "KUBE_INVALID" } })
    expect(api.requests).toEqual([])
  })
})
