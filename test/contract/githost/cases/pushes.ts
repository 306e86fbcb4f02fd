import { Readable } from "node:stream"
import { gzipSync } from "node:zlib"
import { suite } from "../case.ts"
import { flush, packets } from "../packets.ts"
import type { Session } from "../session.ts"

const type = { "content-type": "application/x-git-receive-pack-request" }
const none = "0".repeat(40)
const options = "report-status side-band-64k object-format=sha1 agent=git/contract"

const call = (s: Session, body: string | Buffer | Readable, headers: Readonly<Record<string, string>> = {}) =>
  s.send("POST", s.at("git-receive-pack"), { headers: { ...type, ...headers }, body })

/** The request of a push: commands, and the pack that their objects are in. */
function request(commands: readonly string[], pack?: Buffer, asked = options): Buffer {
  const [first = "", ...others] = commands
  const lines = packets(`${first}\0 ${asked}`, ...others, flush)
  return pack === undefined ? lines : Buffer.concat([lines, pack])
}

/** A pack of what `tip` has beyond what the repository has. Packs are binary, and come by a file. */
async function packOf(s: Session, tree: string, tip: string, known?: string): Promise<Buffer> {
  const input = `${tip}\n${known === undefined ? "" : `^${known}\n`}`
  const name = await s.quietGit(["pack-objects", "--quiet", "--revs", "../packed"], { in: tree, input })
  return s.bytes(`packed-${name}.pack`)
}

/** A work tree with a commit that is pushed and one that is not. */
async function ahead(s: Session) {
  const { tree, ids } = await s.pushed()
  const next = await s.commit(tree)
  const [base = ""] = ids
  return { tree, base, next, pack: await packOf(s, tree, next, base) }
}

export const pushes = suite("pushes", {
  "new-branch": async (s) => {
    const { next, pack } = await ahead(s)
    await call(s, request([`${none} ${next} refs/heads/new`], pack))
    await s.refs()
  },
  "into-an-empty-repository": async (s) => {
    const { tree } = await s.workTree()
    const first = await s.commit(tree)
    await call(s, request([`${none} ${first} refs/heads/main`], await packOf(s, tree, first)))
    await s.refs()
  },
  update: async (s) => {
    const { base, next, pack } = await ahead(s)
    await call(s, request([`${base} ${next} refs/heads/main`], pack))
    await s.refs()
  },
  "without-side-band": async (s) => {
    const { base, next, pack } = await ahead(s)
    await call(s, request([`${base} ${next} refs/heads/main`], pack, "report-status"))
  },
  "without-a-report": async (s) => {
    const { base, next, pack } = await ahead(s)
    await call(s, request([`${base} ${next} refs/heads/main`], pack, "side-band-64k"))
    await s.refs()
  },
  "report-of-version-2": async (s) => {
    const { base, next, pack } = await ahead(s)
    await call(s, request([`${base} ${next} refs/heads/main`], pack, "report-status-v2 side-band-64k"))
  },
  "delete-a-branch": async (s) => {
    const { tree, ids } = await s.pushed()
    await s.quietGit(["push", "--quiet", "origin", "main:other"], { in: tree })
    await call(s, request([`${String(ids[0])} ${none} refs/heads/other`]))
    await s.refs()
  },
  "delete-what-is-not-there": async (s) => {
    await s.pushed()
    await call(s, request([`${none} ${none} refs/heads/other`]))
  },
  "from-a-head-that-has-moved": async (s) => {
    const { base, next, pack } = await ahead(s)
    await s.quietGit(["push", "--quiet", "origin", "main"], { in: "work" })
    await call(s, request([`${base} ${next} refs/heads/main`], pack))
    await call(s, request([`${base} ${none} refs/heads/main`]))
    await s.refs()
  },
  "several-refs": async (s) => {
    const { base, next, pack } = await ahead(s)
    const commands = [
      `${base} ${next} refs/heads/main`,
      `${none} ${next} refs/heads/more`,
      `${none} ${next} refs/tags/1.0.0`,
    ]
    await call(s, request(commands, pack))
    await s.refs()
  },
  "several-refs-of-which-one-fails": async (s) => {
    const { next, pack } = await ahead(s)
    await call(s, request([`${next} ${next} refs/heads/main`, `${none} ${next} refs/heads/more`], pack))
    await s.refs()
  },
  "atomic-of-which-one-fails": async (s) => {
    const { next, pack } = await ahead(s)
    const commands = [`${next} ${next} refs/heads/main`, `${none} ${next} refs/heads/more`]
    await call(s, request(commands, pack, `${options} atomic`))
    await s.refs()
  },
  "same-ref-twice": async (s) => {
    const { base, next, pack } = await ahead(s)
    await call(s, request([`${base} ${next} refs/heads/main`, `${base} ${base} refs/heads/main`], pack))
    await s.refs()
  },
  "pack-that-lacks-objects": async (s) => {
    const { tree, next } = await ahead(s)
    const last = await s.commit(tree)
    await call(s, request([`${none} ${last} refs/heads/new`], await packOf(s, tree, last, next)))
    await s.refs()
  },
  "pack-that-is-broken": async (s) => {
    const { next, pack } = await ahead(s)
    const broken = Buffer.from(pack)
    broken.writeUInt8(broken.readUInt8(broken.length - 1) ^ 1, broken.length - 1)
    await call(s, request([`${none} ${next} refs/heads/new`], broken, "report-status"))
    await s.refs()
  },
  "pack-cut-short": async (s) => {
    const { next, pack } = await ahead(s)
    await call(s, request([`${none} ${next} refs/heads/new`], pack.subarray(0, -10), "report-status"))
    await s.refs()
  },
  "no-pack": async (s) => {
    const { next } = await ahead(s)
    await call(s, request([`${none} ${next} refs/heads/new`], undefined, "report-status"))
  },
  "ref-names-that-may-not-be": async (s) => {
    const { base, next, pack } = await ahead(s)
    const names = ["refs/heads/a..b", "refs/heads/x.lock", "heads/main", "refs/heads/-", "HEAD"]
    const [first = "", ...others] = names.map((name) => `${none} ${next} ${name}`)
    await call(s, request([first, ...others, `${base} ${next} refs/heads/main`], pack))
    await s.refs()
  },
  "ref-below-a-ref": async (s) => {
    const { next, pack } = await ahead(s)
    await call(s, request([`${none} ${next} refs/heads/main/below`], pack))
    await s.refs()
  },
  "tree-as-a-branch": async (s) => {
    const { tree } = await s.pushed()
    const id = await s.quietGit(["rev-parse", "HEAD^{tree}"], { in: tree })
    await call(s, request([`${none} ${id} refs/heads/tree`], await packOf(s, tree, id)))
  },
  "hidden-or-other-refs": async (s) => {
    const { next, pack } = await ahead(s)
    await call(s, request([`${none} ${next} refs/notes/commits`, `${none} ${next} refs/custom/one`], pack))
    await s.refs()
  },
  gzip: async (s) => {
    const { base, next, pack } = await ahead(s)
    await call(s, gzipSync(request([`${base} ${next} refs/heads/main`], pack)), { "content-encoding": "gzip" })
    await s.refs()
  },
  "in-chunks": async (s) => {
    const { base, next, pack } = await ahead(s)
    const body = request([`${base} ${next} refs/heads/main`], pack)
    await call(s, Readable.from([body.subarray(0, 30), body.subarray(30, 200), body.subarray(200)]))
    await s.refs()
  },
  "probe-before-a-long-push": async (s) => {
    await s.pushed()
    await call(s, flush)
  },
  "nothing-sent": async (s) => {
    await s.pushed()
    await call(s, "")
  },
  "no-packet-line": async (s) => {
    await s.pushed()
    await call(s, "this is no packet line")
  },
  "other-content-types": async (s) => {
    const { base, next, pack } = await ahead(s)
    const body = request([`${base} ${next} refs/heads/main`], pack)
    await call(s, body, { "content-type": "application/octet-stream" })
    await call(s, body, { "content-type": "application/x-git-upload-pack-request" })
    await s.refs()
  },
  "other-methods": async (s) => {
    await s.pushed()
    for (const method of ["GET", "HEAD", "PUT", "DELETE"]) await s.send(method, s.at("git-receive-pack"))
  },
  "unknown-repository": async (s) => {
    await s.send("POST", s.at("git-receive-pack", "team/nothing"), { headers: type, body: flush })
  },
})
