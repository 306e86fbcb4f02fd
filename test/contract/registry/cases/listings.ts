import { isObject, list, type Json } from "../../harness/json.ts"
import { suite } from "../case.ts"
import { image, manifest, pushManifest, types } from "../content.ts"
import type { Session } from "../session.ts"

const pushTags = async (s: Session, ...tags: readonly string[]): Promise<void> => {
  await image(s, "a")
  for (const tag of tags) await pushManifest(s, tag, manifest("a"))
}

/** docker-registry 2.8 lists tags in the order of its folders. */
const sorted = (body: Json): Json => list(body, "tags").map(String).sort()

/** Follows `Link` headers from page to page. */
const pages = async (s: Session, first: string): Promise<void> => {
  let next: string | undefined = first
  for (let count = 0; next !== undefined && count < 10; count += 1) {
    const { headers } = await s.send("GET", next, { show: sorted })
    next = /^<([^>]+)>; rel="next"$/.exec(String(headers["link"] ?? ""))?.[1]
  }
}

export const listings = suite("listings", {
  tags: async (s) => {
    await pushTags(s, "b", "a", "1.10.0", "1.9.0", "B", "_x")
    await s.send("GET", s.at("tags/list"), { show: sorted })
  },
  "tags-by-pages": async (s) => {
    await pushTags(s, "a", "b", "c", "d", "e")
    await pages(s, s.at("tags/list?n=2"))
  },
  "tags-after": async (s) => {
    await pushTags(s, "a", "b", "c")
    await s.send("GET", s.at("tags/list?last=a"), { show: sorted })
    await s.send("GET", s.at("tags/list?last=aa"), { show: sorted })
    await s.send("GET", s.at("tags/list?n=1&last=z"), { show: sorted })
  },
  "tags-of-nothing": async (s) => {
    await s.send("GET", s.at("tags/list"))
  },
  "tags-when-all-are-deleted": async (s) => {
    await image(s, "a")
    const digest = await pushManifest(s, "1.0.0", manifest("a"))
    await s.quiet("DELETE", s.at(`manifests/${digest}`))
    await s.send("GET", s.at("tags/list"))
  },
  "tags-other-methods": async (s) => {
    await s.send("POST", s.at("tags/list"))
    await s.send("HEAD", s.at("tags/list"))
  },
  catalog: async (s) => {
    for (const name of ["b", "a", "a/deep"]) {
      const repository = `${s.repository}/${name}`
      await pushManifest(s, "1.0.0", await image(s, "a", {}, repository), types.manifest, repository)
    }
    // Other cases' repositories come and go meanwhile: only this one's are looked at.
    const own = (body: Json): Json =>
      list(body, "repositories").filter((name) => typeof name === "string" && name.startsWith(s.repository))
    await s.send("GET", `/v2/_catalog?n=3&last=${s.repository}`, { show: own })
    await s.send("GET", `/v2/_catalog?n=1&last=${s.repository}`, { show: own })
    await s.send("GET", `/v2/_catalog?n=1&last=${s.repository}/a`, { show: own })
    await s.send("GET", `/v2/_catalog?last=zzzz`, { show: (body) => isObject(body) && "repositories" in body })
  },
  "catalog-other-methods": async (s) => {
    await s.send("POST", "/v2/_catalog")
  },
})

export const base = suite("base", {
  version: async (s) => {
    await s.send("GET", "/v2/")
    await s.send("HEAD", "/v2/")
  },
  "no-such-endpoint": async (s) => {
    await s.send("GET", "/v2/nothing/here", { show: () => null })
    await s.send("GET", "/v1/", { show: () => null })
  },
  "names-that-may-be": async (s) => {
    for (const name of ["a", "a/b/c/d", "a-b", "a--b", "a_b", "a__b", "a.b", "0", "a1/2b", "a".repeat(200)]) {
      await s.send("GET", s.at("tags/list", name))
    }
  },
  "names-that-may-not-be": async (s) => {
    for (const name of ["A", "a/B", "-a", "a-", "a..b", "a___b", "_a", "a/.b", "a/-/b"]) {
      const { status } = await s.send("GET", s.at("tags/list", name), { show: () => null })
      s.note("refused", status >= 400 && status < 500)
    }
  },
  "name-too-long": async (s) => {
    await s.send("GET", s.at("tags/list", `a/${"b".repeat(254)}`))
  },
})
