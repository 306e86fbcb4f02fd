import { Readable } from "node:stream"
import { suite } from "../case.ts"
import { beginUpload, pushBlob, withQuery } from "../content.ts"
import { octets, sha256, type Session } from "../session.ts"

const type = { "content-type": octets }

const chunk = async (s: Session, location: string, body: string, range?: string): Promise<string> => {
  const headers = range === undefined ? type : { ...type, "content-range": range }
  const answer = await s.send("PATCH", location, { headers, body })
  return String(answer.headers["location"] ?? location)
}

const finish = (s: Session, location: string, digest: string, body = "") =>
  s.send("PUT", withQuery(location, `digest=${digest}`), { headers: type, body })

export const uploads = suite("uploads", {
  "post-then-put": async (s) => {
    const location = await beginUpload(s)
    await finish(s, location, sha256("hello"), "hello")
    await s.send("GET", s.at(`blobs/${sha256("hello")}`))
  },
  "single-post": async (s) => {
    const path = s.at(`blobs/uploads/?digest=${sha256("hello")}`)
    await s.send("POST", path, { headers: type, body: "hello" })
    await s.send("HEAD", s.at(`blobs/${sha256("hello")}`))
  },
  chunks: async (s) => {
    let location = await beginUpload(s)
    location = await chunk(s, location, "hello ", "0-5")
    location = await chunk(s, location, "wor", "6-8")
    await finish(s, location, sha256("hello world"), "ld")
    await s.send("GET", s.at(`blobs/${sha256("hello world")}`))
  },
  "chunks-without-range": async (s) => {
    let location = await beginUpload(s)
    location = await chunk(s, location, "hello ")
    location = await chunk(s, location, "world")
    await finish(s, location, sha256("hello world"))
  },
  "stream-of-unknown-length": async (s) => {
    const location = await beginUpload(s)
    const body = Readable.from([Buffer.from("hel"), Buffer.from("lo")])
    const answer = await s.send("PATCH", location, { headers: type, body })
    await finish(s, String(answer.headers["location"]), sha256("hello"))
  },
  "empty-blob": async (s) => {
    const location = await beginUpload(s)
    await finish(s, location, sha256(""))
    await s.send("GET", s.at(`blobs/${sha256("")}`))
  },
  status: async (s) => {
    let location = await beginUpload(s)
    await s.send("GET", location)
    location = await chunk(s, location, "hello")
    await s.send("GET", location)
  },
  "out-of-order": async (s) => {
    let location = await beginUpload(s)
    location = await chunk(s, location, "hello", "0-4")
    await chunk(s, location, "world", "7-11")
    await s.send("GET", location)
  },
  "range-of-another-length": async (s) => {
    const location = await beginUpload(s)
    await chunk(s, location, "hello", "0-9")
  },
  "range-that-is-none": async (s) => {
    const location = await beginUpload(s)
    await chunk(s, location, "hello", "from here on")
  },
  cancel: async (s) => {
    let location = await beginUpload(s)
    location = await chunk(s, location, "hello")
    await s.send("DELETE", location)
    await s.send("GET", location)
    await s.send("DELETE", location)
    await chunk(s, location, "more")
  },
  "unknown-upload": async (s) => {
    const path = s.at("blobs/uploads/11111111-2222-4333-8444-555555555555")
    await s.send("GET", path)
    await s.send("PATCH", path, { headers: type, body: "x" })
    await s.send("PUT", `${path}?digest=${sha256("x")}`, { headers: type, body: "x" })
    await s.send("DELETE", path)
  },
  "upload-of-another-repository": async (s) => {
    const location = await beginUpload(s)
    const elsewhere = location.replace(s.repository, `${s.repository}/other`)
    await s.send("GET", elsewhere)
  },
  "wrong-digest": async (s) => {
    const location = await beginUpload(s)
    await finish(s, location, sha256("something else"), "hello")
    await s.send("HEAD", s.at(`blobs/${sha256("something else")}`))
    await s.send("HEAD", s.at(`blobs/${sha256("hello")}`))
  },
  "without-digest": async (s) => {
    const location = await beginUpload(s)
    await s.send("PUT", location, { headers: type, body: "hello" })
  },
  "malformed-digest": async (s) => {
    for (const digest of ["sha256:short", "nothing", "md5:5d41402abc4b2a76b9719d911017c592"]) {
      const begun = await s.quiet("POST", s.at("blobs/uploads/"))
      await finish(s, String(begun.headers["location"]), digest, "hello")
    }
  },
  "same-blob-twice": async (s) => {
    await pushBlob(s, "hello")
    const location = await beginUpload(s)
    await finish(s, location, sha256("hello"), "hello")
  },
  "large-blob": async (s) => {
    const content = "0123456789abcdef".repeat(1 << 16)
    let location = await beginUpload(s)
    location = await chunk(s, location, content)
    await finish(s, location, sha256(content))
    await s.send("HEAD", s.at(`blobs/${sha256(content)}`))
  },
  "methods-of-uploads": async (s) => {
    await s.send("GET", s.at("blobs/uploads/"))
    const location = await beginUpload(s)
    await s.send("POST", location)
  },
})

export const mounts = suite("mounts", {
  "from-another-repository": async (s) => {
    const digest = await pushBlob(s, "hello", `${s.repository}/from`)
    await s.send("POST", s.at(`blobs/uploads/?mount=${digest}&from=${s.repository}/from`))
    await s.send("GET", s.at(`blobs/${digest}`))
  },
  "of-what-is-not-there": async (s) => {
    await s.send("POST", s.at(`blobs/uploads/?mount=${sha256("nowhere")}&from=${s.repository}/from`))
  },
  "without-from": async (s) => {
    const digest = await pushBlob(s, "hello", `${s.repository}/from`)
    await s.send("POST", s.at(`blobs/uploads/?mount=${digest}`))
    await s.send("HEAD", s.at(`blobs/${digest}`))
  },
  "of-a-malformed-digest": async (s) => {
    await s.send("POST", s.at(`blobs/uploads/?mount=nothing&from=${s.repository}/from`))
  },
})
