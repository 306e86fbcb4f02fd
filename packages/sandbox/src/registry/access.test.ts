import { describe, expect, it } from "vitest"
import { registry, call, codeOf } from "./testing.ts"

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
