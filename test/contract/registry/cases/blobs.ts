import { suite } from "../case.ts"
import { pushBlob } from "../content.ts"
import { sha256 } from "../session.ts"

export const blobs = suite("blobs", {
  "get-and-head": async (s) => {
    const digest = await pushBlob(s, "hello world")
    await s.send("GET", s.at(`blobs/${digest}`))
    await s.send("HEAD", s.at(`blobs/${digest}`))
  },
  missing: async (s) => {
    await s.send("GET", s.at(`blobs/${sha256("nowhere")}`))
    await s.send("HEAD", s.at(`blobs/${sha256("nowhere")}`))
  },
  "malformed-digest": async (s) => {
    for (const digest of ["sha256:short", `sha256:${"Z".repeat(64)}`, `unknown:${"a".repeat(64)}`]) {
      await s.send("GET", s.at(`blobs/${digest}`))
    }
    await s.send("GET", s.at("blobs/nothing"))
  },
  ranges: async (s) => {
    const digest = await pushBlob(s, "hello world")
    for (const range of ["bytes=0-4", "bytes=6-", "bytes=-5", "bytes=3-100", "bytes=-100", "bytes=0-0"]) {
      await s.send("GET", s.at(`blobs/${digest}`), { headers: { range } })
    }
    await s.send("HEAD", s.at(`blobs/${digest}`), { headers: { range: "bytes=0-4" } })
  },
  "ranges-that-cannot-be": async (s) => {
    const digest = await pushBlob(s, "hello world")
    await s.send("HEAD", s.at(`blobs/${digest}`), { headers: { range: "bytes=11-20" } })
    await s.send("HEAD", s.at(`blobs/${digest}`), { headers: { range: "bytes=5-2" } })
    await s.send("HEAD", s.at(`blobs/${digest}`), { headers: { range: "lines=1-2" } })
  },
  "if-none-match": async (s) => {
    const digest = await pushBlob(s, "hello")
    for (const tag of [`"${digest}"`, `"another"`, "*"]) {
      await s.send("GET", s.at(`blobs/${digest}`), { headers: { "if-none-match": tag } })
    }
  },
  "of-another-repository": async (s) => {
    const digest = await pushBlob(s, "hello", `${s.repository}/other`)
    await s.send("GET", s.at(`blobs/${digest}`))
  },
  delete: async (s) => {
    const digest = await pushBlob(s, "hello")
    await s.send("DELETE", s.at(`blobs/${digest}`))
    await s.send("GET", s.at(`blobs/${digest}`))
    await s.send("DELETE", s.at(`blobs/${digest}`))
  },
  "delete-leaves-it-to-others": async (s) => {
    const digest = await pushBlob(s, "hello")
    await pushBlob(s, "hello", `${s.repository}/other`)
    await s.send("DELETE", s.at(`blobs/${digest}`))
    await s.send("HEAD", s.at(`blobs/${digest}`, `${s.repository}/other`))
  },
  "delete-missing": async (s) => {
    await s.send("DELETE", s.at(`blobs/${sha256("nowhere")}`))
    await s.send("DELETE", s.at("blobs/sha256:short"))
  },
  methods: async (s) => {
    const digest = await pushBlob(s, "hello")
    await s.send("PUT", s.at(`blobs/${digest}`), { body: "hello" })
    await s.send("POST", s.at(`blobs/${digest}`))
  },
})
