import { suite } from "../case.ts"
import { descriptor, image, index, manifest, pushBlob, pushManifest, put, types } from "../content.ts"
import { sha256, type Session } from "../session.ts"

const read = (s: Session, reference: string, accept?: string) =>
  s.send("GET", s.at(`manifests/${reference}`), accept === undefined ? {} : { headers: { accept } })

export const manifests = suite("manifests", {
  "put-and-get-by-tag": async (s) => {
    await put(s, "1.0.0", await image(s, "a"))
    await read(s, "1.0.0", types.manifest)
    await s.send("HEAD", s.at("manifests/1.0.0"), { headers: { accept: types.manifest } })
  },
  "put-and-get-by-digest": async (s) => {
    const content = await image(s, "a")
    await put(s, sha256(content), content)
    await read(s, sha256(content), types.manifest)
    await s.send("GET", s.at("tags/list"))
  },
  "put-by-another-digest": async (s) => {
    await put(s, sha256("something else"), await image(s, "a"))
  },
  "docker-schema-2": async (s) => {
    await pushBlob(s, "{}")
    await pushBlob(s, "layer")
    const content = JSON.stringify({
      schemaVersion: 2,
      mediaType: types.dockerManifest,
      config: descriptor(types.dockerConfig, "{}"),
      layers: [descriptor(types.dockerLayer, "layer")],
    })
    await put(s, "1.0.0", content, types.dockerManifest)
    await read(s, "1.0.0", types.dockerManifest)
  },
  "keeps-every-byte": async (s) => {
    const content = `${await image(s, "a")}\n\n  `
    await put(s, "1.0.0", content)
    const { text } = await s.quiet("GET", s.at("manifests/1.0.0"), { headers: { accept: types.manifest } })
    s.note("the same bytes", text === content)
  },
  accept: async (s) => {
    await pushManifest(s, "1.0.0", await image(s, "a"))
    for (const accept of [
      "*/*",
      `${types.dockerManifest}, ${types.manifest}`,
      `${types.manifest};q=0.5, ${types.index};q=0.9`,
    ]) {
      await read(s, "1.0.0", accept)
    }
  },
  "accept-of-an-index": async (s) => {
    const child = await image(s, "a")
    await pushManifest(s, sha256(child), child)
    const list = index([{ ...descriptor(types.manifest, child), platform: { architecture: "amd64", os: "linux" } }])
    await pushManifest(s, "1.0.0", list, types.index)
    await read(s, "1.0.0", types.index)
    await read(s, "1.0.0", `${types.index}, ${types.manifest}`)
    await s.send("HEAD", s.at("manifests/1.0.0"), { headers: { accept: types.index } })
  },
  "index-and-its-parts": async (s) => {
    const [one, two] = [await image(s, "one"), await image(s, "two")]
    for (const child of [one, two]) await pushManifest(s, sha256(child), child)
    const content = index([
      { ...descriptor(types.manifest, one), platform: { architecture: "amd64", os: "linux" } },
      { ...descriptor(types.manifest, two), platform: { architecture: "arm64", os: "linux" } },
    ])
    await put(s, "1.0.0", content, types.index)
    await read(s, sha256(two), types.manifest)
  },
  "docker-manifest-list": async (s) => {
    await pushBlob(s, "{}")
    const child = JSON.stringify({
      schemaVersion: 2,
      mediaType: types.dockerManifest,
      config: descriptor(types.dockerConfig, "{}"),
      layers: [],
    })
    await pushManifest(s, sha256(child), child, types.dockerManifest)
    const platform = { architecture: "amd64", os: "linux" }
    const list = index([{ ...descriptor(types.dockerManifest, child), platform }], types.dockerList)
    await put(s, "1.0.0", list, types.dockerList)
    await read(s, "1.0.0", types.dockerList)
  },
  "index-without-its-parts": async (s) => {
    const child = manifest("never pushed")
    await put(s, "1.0.0", index([descriptor(types.manifest, child)]), types.index)
  },
  "without-its-layer": async (s) => {
    await pushBlob(s, "{}")
    await put(s, "1.0.0", manifest("never pushed"))
    await read(s, "1.0.0")
  },
  "without-its-config": async (s) => {
    await pushBlob(s, "layer of a")
    await put(s, "1.0.0", manifest("a"))
  },
  "layer-from-elsewhere": async (s) => {
    await pushBlob(s, "{}")
    const foreign = "application/vnd.oci.image.layer.nondistributable.v1.tar"
    const layers = [{ ...descriptor(foreign, "far"), urls: ["https://example.com/far.tar"] }]
    await put(s, "1.0.0", manifest("a", { layers }))
  },
  "annotations-and-unknown-fields": async (s) => {
    const content = await image(s, "a", { annotations: { "org.opencontainers.image.revision": "abc" }, more: [1] })
    await put(s, "1.0.0", content)
    await read(s, "1.0.0", types.manifest)
  },
  "not-json": async (s) => {
    await put(s, "1.0.0", "this is not JSON")
    await put(s, "1.0.0", "[]")
    await put(s, "1.0.0", "")
  },
  "media-type-mismatch": async (s) => {
    const content = await image(s, "a")
    await put(s, "1.0.0", content, types.index)
    await put(s, "1.0.0", content, types.dockerManifest)
  },
  "unknown-media-type": async (s) => {
    await put(s, "1.0.0", await image(s, "a"), "application/vnd.example.thing+json")
  },
  "content-type-with-parameters": async (s) => {
    await put(s, "1.0.0", await image(s, "a"), `${types.manifest}; charset=utf-8`)
  },
  "without-media-type-inside": async (s) => {
    const { mediaType: _, ...content } = JSON.parse(await image(s, "a")) as Record<string, unknown>
    await put(s, "1.0.0", JSON.stringify(content))
    await read(s, "1.0.0", types.manifest)
  },
  "schema-version-1": async (s) => {
    await put(s, "1.0.0", JSON.stringify({ schemaVersion: 1, mediaType: types.manifest }))
  },
  "tag-moves": async (s) => {
    const first = await pushManifest(s, "latest", await image(s, "first"))
    await pushManifest(s, "latest", await image(s, "second"))
    await s.send("HEAD", s.at("manifests/latest"), { headers: { accept: types.manifest } })
    await s.send("HEAD", s.at(`manifests/${first}`), { headers: { accept: types.manifest } })
  },
  "if-none-match": async (s) => {
    const digest = await pushManifest(s, "1.0.0", await image(s, "a"))
    for (const tag of [`"${digest}"`, digest, `"another"`]) {
      await s.send("HEAD", s.at("manifests/1.0.0"), { headers: { accept: types.manifest, "if-none-match": tag } })
    }
  },
  missing: async (s) => {
    await read(s, "1.0.0")
    await s.send("HEAD", s.at("manifests/1.0.0"))
    await read(s, sha256("nowhere"))
    await pushManifest(s, "1.0.0", await image(s, "a"))
    await read(s, "2.0.0")
    await read(s, sha256("nowhere"))
  },
  "malformed-reference": async (s) => {
    await read(s, ".hidden")
    await read(s, "a".repeat(129))
    await put(s, "-1", await image(s, "a"))
  },
  "too-large": async (s) => {
    const content = await image(s, "a", { annotations: { padding: "x".repeat(5 << 20) } })
    const headers = { "content-type": types.manifest, connection: "close" }
    const { status } = await s.quiet("PUT", s.at("manifests/1.0.0"), { headers, body: content })
    s.note("refused", status >= 400 && status < 500)
  },
  "delete-by-digest": async (s) => {
    const digest = await pushManifest(s, "1.0.0", await image(s, "a"))
    await pushManifest(s, "1.0.1", manifest("a"))
    await pushManifest(s, "2.0.0", await image(s, "b"))
    await s.send("DELETE", s.at(`manifests/${digest}`))
    await read(s, digest)
    await read(s, "1.0.0")
    await s.send("GET", s.at("tags/list"), { show: sortedTags })
    await s.send("DELETE", s.at(`manifests/${digest}`))
  },
  "delete-by-tag": async (s) => {
    const digest = await pushManifest(s, "1.0.0", await image(s, "a"))
    await pushManifest(s, "1.0.1", manifest("a"))
    await s.send("DELETE", s.at("manifests/1.0.0"))
    await s.send("HEAD", s.at("manifests/1.0.0"), { headers: { accept: types.manifest } })
    await s.send("HEAD", s.at(`manifests/${digest}`), { headers: { accept: types.manifest } })
  },
  "delete-missing": async (s) => {
    await s.send("DELETE", s.at(`manifests/${sha256("nowhere")}`))
    await pushManifest(s, "1.0.0", await image(s, "a"))
    await s.send("DELETE", s.at(`manifests/${sha256("nowhere")}`))
  },
  methods: async (s) => {
    await s.send("POST", s.at("manifests/1.0.0"))
    await s.send("PATCH", s.at("manifests/1.0.0"))
  },
})

function sortedTags(body: unknown): string {
  const { tags } = body as { tags: string[] | null }
  return tags === null ? "none" : [...tags].sort().join(", ")
}

const subjectOf = (content: string) => ({ subject: descriptor(types.manifest, content) })

export const referrers = suite("referrers", {
  "of-a-manifest": async (s) => {
    const subject = await image(s, "a")
    await pushManifest(s, "1.0.0", subject)
    await s.send("GET", s.at(`referrers/${sha256(subject)}`))
    const signature = await image(s, "signature", {
      artifactType: "application/vnd.example.signature",
      annotations: { by: "somebody" },
      ...subjectOf(subject),
    })
    await put(s, sha256(signature), signature)
    await s.send("GET", s.at(`referrers/${sha256(subject)}`))
  },
  filtered: async (s) => {
    const subject = manifest("never pushed")
    for (const kind of ["signature", "sbom"]) {
      const content = await image(s, kind, {
        artifactType: `application/vnd.example.${kind}`,
        ...subjectOf(subject),
      })
      await pushManifest(s, sha256(content), content)
    }
    await s.send("GET", s.at(`referrers/${sha256(subject)}?artifactType=application/vnd.example.sbom`))
  },
  removed: async (s) => {
    const subject = manifest("never pushed")
    const content = await image(s, "a", subjectOf(subject))
    await pushManifest(s, sha256(content), content)
    await s.quiet("DELETE", s.at(`manifests/${sha256(content)}`))
    await s.send("GET", s.at(`referrers/${sha256(subject)}`))
  },
})
