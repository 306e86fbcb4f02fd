import { createHash } from "node:crypto"
import { describe, expect, it } from "vitest"
import { digestOf } from "../oci/index.ts"
import { temporaryFolder } from "../testing/temporary.ts"
import { startRegistry } from "./registry.ts"
import { log, registry, call, pushBlob, codeOf } from "./testing.ts"

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
