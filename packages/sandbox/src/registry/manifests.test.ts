import { describe, expect, it } from "vitest"
import { digestOf, mediaTypes } from "../oci/index.ts"
import { registry, call, pushImage, putManifest, codeOf } from "./testing.ts"

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
