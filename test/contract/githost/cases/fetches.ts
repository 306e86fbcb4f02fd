import { Readable } from "node:stream"
import { gzipSync } from "node:zlib"
import { suite } from "../case.ts"
import { delimiter, flush, packets } from "../packets.ts"
import type { Session } from "../session.ts"

const type = "application/x-git-upload-pack-request"
const v2 = { "content-type": type, "git-protocol": "version=2" }
const v0 = { "content-type": type }

const call = (s: Session, body: string | Buffer | Readable, headers: Readonly<Record<string, string>> = v2) =>
  s.send("POST", s.at("git-upload-pack"), { headers, body })

const command = (name: string, ...args: readonly string[]): Buffer =>
  packets(`command=${name}`, "agent=git/contract", "object-format=sha1", delimiter, ...args, flush)

const unknownId = "1234567890123456789012345678901234567890"

export const fetches = suite("fetches", {
  "ls-refs": async (s) => {
    const { tree } = await s.pushed(2)
    await s.quietGit(["tag", "--annotate", "--message", "One", "1.0.0"], { in: tree })
    await s.quietGit(["push", "--quiet", "origin", "main~1:refs/heads/older", "1.0.0"], { in: tree })
    await call(s, command("ls-refs"))
    await call(s, command("ls-refs", "peel", "symrefs"))
  },
  "ls-refs-by-prefix": async (s) => {
    const { tree } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:refs/heads/more", "main:refs/tags/1.0.0"], { in: tree })
    await call(s, command("ls-refs", "ref-prefix refs/tags/", "ref-prefix refs/heads/mo"))
    await call(s, command("ls-refs", "ref-prefix refs/nothing/"))
  },
  "ls-refs-unborn": async (s) => {
    await call(s, command("ls-refs", "symrefs", "unborn"))
    await call(s, command("ls-refs", "symrefs"))
  },
  fetch: async (s) => {
    const { ids } = await s.pushed(3)
    await call(s, command("fetch", `want ${String(ids[2])}`, "done"))
  },
  "fetch-what-is-new": async (s) => {
    const { ids } = await s.pushed(3)
    await call(s, command("fetch", "no-progress", `want ${String(ids[2])}`, `have ${String(ids[0])}`, "done"))
  },
  "fetch-negotiates": async (s) => {
    const { ids } = await s.pushed(3)
    await call(s, command("fetch", `want ${String(ids[2])}`, `have ${unknownId}`))
    await call(s, command("fetch", `want ${String(ids[2])}`, `have ${unknownId}`, `have ${String(ids[1])}`))
  },
  "fetch-shallow": async (s) => {
    const { ids } = await s.pushed(3)
    await call(s, command("fetch", `want ${String(ids[2])}`, "deepen 1", "done"))
    await call(s, command("fetch", `want ${String(ids[2])}`, `shallow ${String(ids[2])}`, "deepen 2", "done"))
  },
  "fetch-shallow-since": async (s) => {
    const { ids } = await s.pushed(3)
    await call(s, command("fetch", `want ${String(ids[2])}`, "deepen-since 1767225602", "done"))
  },
  "fetch-without-blobs": async (s) => {
    const { ids } = await s.pushed(2)
    await call(s, command("fetch", `want ${String(ids[1])}`, "filter blob:none", "done"))
    await call(s, command("fetch", `want ${String(ids[1])}`, "filter tree:0", "done"))
  },
  "fetch-a-filter-that-is-none": async (s) => {
    const { ids } = await s.pushed()
    await call(s, command("fetch", `want ${String(ids[0])}`, "filter blob:some", "done"))
  },
  "fetch-one-blob": async (s) => {
    const { tree } = await s.pushed()
    const blob = await s.quietGit(["rev-parse", "HEAD:a.txt"], { in: tree })
    await call(s, command("fetch", `want ${blob}`, "done"))
  },
  "fetch-a-commit-that-no-ref-has": async (s) => {
    const { tree, ids } = await s.pushed(2)
    await s.quietGit(["push", "--quiet", "--force", "origin", "main~1:main"], { in: tree })
    await call(s, command("fetch", `want ${String(ids[1])}`, "done"))
  },
  "fetch-what-is-not-there": async (s) => {
    await s.pushed()
    await call(s, command("fetch", `want ${unknownId}`, "done"))
    await call(s, command("fetch", "want nothing", "done"))
  },
  "fetch-wants-nothing": async (s) => {
    await s.pushed()
    await call(s, command("fetch", "done"))
  },
  "unknown-command": async (s) => {
    await s.pushed()
    await call(s, command("nothing"))
  },
  "no-packet-line": async (s) => {
    await s.pushed()
    await call(s, "this is no packet line")
    await call(s, "00")
  },
  "nothing-sent": async (s) => {
    await s.pushed()
    await call(s, "")
    await call(s, flush)
    await call(s, "", v0)
    await call(s, flush, v0)
  },
  gzip: async (s) => {
    const { ids } = await s.pushed()
    const body = gzipSync(command("fetch", `want ${String(ids[0])}`, "done"))
    await call(s, body, { ...v2, "content-encoding": "gzip" })
    await call(s, body, { ...v2, "content-encoding": "x-gzip" })
  },
  "gzip-in-chunks": async (s) => {
    const { ids } = await s.pushed()
    const body = Readable.from([gzipSync(command("fetch", `want ${String(ids[0])}`, "done"))])
    await call(s, body, { ...v2, "content-encoding": "gzip" })
  },
  "in-chunks": async (s) => {
    const { ids } = await s.pushed(2)
    const body = command("fetch", `want ${String(ids[1])}`, "done")
    await call(s, Readable.from([body.subarray(0, 7), body.subarray(7, 60), body.subarray(60)]))
  },
  "version-0": async (s) => {
    const { ids } = await s.pushed(2)
    const want = `want ${String(ids[1])} side-band-64k ofs-delta agent=git/contract`
    await call(s, packets(want, flush, "done"), v0)
  },
  "version-0-without-side-band": async (s) => {
    const { ids } = await s.pushed(2)
    await call(s, packets(`want ${String(ids[1])}`, flush, "done"), v0)
  },
  "version-0-negotiates": async (s) => {
    const { ids } = await s.pushed(2)
    const want = `want ${String(ids[1])} multi_ack_detailed no-done side-band-64k`
    await call(s, packets(want, flush, `have ${unknownId}`, `have ${String(ids[0])}`, flush), v0)
    await call(s, packets(want, flush, `have ${String(ids[0])}`, "done"), v0)
  },
  "version-0-shallow": async (s) => {
    const { ids } = await s.pushed(3)
    await call(s, packets(`want ${String(ids[2])} shallow side-band-64k`, "deepen 1", flush, "done"), v0)
  },
  "version-0-what-is-not-there": async (s) => {
    await s.pushed()
    await call(s, packets(`want ${unknownId} side-band-64k`, flush, "done"), v0)
  },
  "version-1": async (s) => {
    const { ids } = await s.pushed()
    const want = `want ${String(ids[0])} side-band-64k`
    await call(s, packets(want, flush, "done"), { ...v0, "git-protocol": "version=1" })
  },
  "other-content-types": async (s) => {
    await s.pushed()
    const body = command("ls-refs")
    await call(s, body, { "git-protocol": "version=2" })
    await call(s, body, { ...v2, "content-type": "application/octet-stream" })
    await call(s, body, { ...v2, "content-type": "application/x-git-receive-pack-request" })
    await call(s, body, { ...v2, "content-type": `${type}; charset=utf-8` })
    await call(s, body, { ...v2, "content-type": "application/x-git-Upload-pack-request" })
  },
  "other-methods": async (s) => {
    await s.pushed()
    for (const method of ["GET", "HEAD", "PUT", "DELETE", "OPTIONS"]) await s.send(method, s.at("git-upload-pack"))
  },
  "other-paths": async (s) => {
    await s.pushed()
    await s.send("POST", s.at("git-upload-archive"), { headers: { "content-type": type }, body: flush })
    await s.send("POST", s.at("git-upload-pack/more"), { headers: v2, body: flush })
    await s.send("POST", s.at("git-upload-pack", "team/nothing"), { headers: v2, body: command("ls-refs") })
  },
})
