import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { Git } from "./git.ts"
import { Mirror } from "./mirror.ts"
import { checkRemote, displayUrl, type Remote } from "./remote.ts"

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close()
})

async function folder(): Promise<string> {
  const made = await mkdtemp(join(tmpdir(), "serin-git-"))
  closing.push(() => rm(made, { recursive: true, force: true }))
  return made
}

/** A host that answers every request alike, and what it was sent to prove who asks. */
async function host(status: number, headers: Record<string, string> = {}) {
  const seen: (string | undefined)[] = []
  const server = createServer((request, response) => {
    seen.push(request.headers.authorization)
    const challenge = status === 401 ? { "www-authenticate": 'Basic realm="git"' } : {}
    response.writeHead(status, { ...challenge, ...headers }).end("no")
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  closing.push(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return { url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, seen }
}

async function fetchFrom(remote: Remote, path = process.env["PATH"] ?? "") {
  const made = await folder()
  const git = new Git({ folder: made, path })
  const mirror = new Mirror({ git, folder: made, name: "a/b", remote, path: "", log: () => {}, onHead: () => {} })
  const fetched = await mirror.fetch()
  return { folder: made, error: fetched.ok ? undefined : fetched.error }
}

const basic = { kind: "basic", username: "dev", password: "s3cr3t/+ %40" } as const

describe("access to a git host", () => {
  it("offers user and token to the host, and says so when they are wrong", async () => {
    const { url, seen } = await host(401)
    const { error } = await fetchFrom({ url: `${url}/team/config.git`, branch: "main", auth: basic })
    expect(seen).toContain(`Basic ${Buffer.from("dev:s3cr3t/+ %40").toString("base64")}`)
    expect(error).toMatchObject({ code: "GIT_UNAUTHORIZED", retry: "backoff" })
    expect(error?.message).not.toContain("s3cr3t")
  })

  it("gives them to no other host that it is sent to", async () => {
    const thief = await host(401)
    const { url } = await host(302, { location: `${thief.url}/team/config.git/info/refs?service=git-upload-pack` })
    await fetchFrom({ url: `${url}/team/config.git`, branch: "main", auth: basic })
    expect(thief.seen.length).toBeGreaterThan(0)
    expect(thief.seen.every((header) => header === undefined)).toBe(true)
  })

  it.each([
    [403, "GIT_FORBIDDEN"],
    [404, "GIT_REPOSITORY_MISSING"],
    [500, "GIT_UNREACHABLE"],
    [503, "GIT_UNREACHABLE"],
  ])("tells what an answer %i means", async (status, code) => {
    const { url } = await host(status)
    const { error } = await fetchFrom({ url: `${url}/team/config.git`, branch: "main", auth: basic })
    expect(error).toMatchObject({ code })
    expect(error?.message).toContain(`fetching ${url}/team/config.git (branch main): `)
  })

  it("says that a host does not answer", async () => {
    const { error } = await fetchFrom({ url: "http://127.0.0.1:1/team/config.git", branch: "main" })
    expect(error).toMatchObject({ code: "GIT_UNREACHABLE", retry: "backoff" })
  })

  it("keeps secrets out of arguments, and the person's own configuration out of git", async () => {
    const bin = await folder()
    const record = join(bin, "record")
    // Stands before the real git on the PATH and writes down how it was called.
    await writeFile(
      join(bin, "git"),
      `#!/bin/sh\nprintf '%s\\n' "$@" >> ${record}.args\nenv >> ${record}.env\nPATH="\${PATH#*:}" exec git "$@"\n`,
    )
    await chmod(join(bin, "git"), 0o755)
    const { url } = await host(401)
    const path = `${bin}:${process.env["PATH"] ?? ""}`
    const made = await fetchFrom({ url: `${url}/team/config.git`, branch: "main", auth: basic }, path)
    expect(await readFile(`${record}.args`, "utf8")).not.toContain("s3cr3t")
    const env = await readFile(`${record}.env`, "utf8")
    expect(env).toMatch(/^GIT_CONFIG_NOSYSTEM=1$/m)
    expect(env).toMatch(/^GIT_CONFIG_GLOBAL=\/dev\/null$/m)
    expect(env).toContain(`HOME=${made.folder}`)
    expect(env).not.toMatch(/^(SSH_AUTH_SOCK|VITEST|npm_)/m)
  })

  it("speaks only to SSH hosts whose key is pinned", async () => {
    const bin = await folder()
    const record = join(bin, "ssh.args")
    await mkdir(bin, { recursive: true })
    await writeFile(
      join(bin, "ssh"),
      `#!/bin/sh\nprintf '%s\\n' "$@" > ${record}\necho "Host key verification failed." >&2\nexit 255\n`,
    )
    await chmod(join(bin, "ssh"), 0o755)
    const auth = { kind: "ssh", privateKey: "KEY", knownHosts: "host ssh-ed25519 AAAA" } as const
    const remote = { url: "ssh://git@127.0.0.1:2222/team/config.git", branch: "main", auth }
    const made = await fetchFrom(remote, `${bin}:${process.env["PATH"] ?? ""}`)
    expect(made.error).toMatchObject({ code: "GIT_HOST_KEY", retry: "never" })
    const args = (await readFile(record, "utf8")).split("\n")
    expect(args).toEqual(
      expect.arrayContaining(["/dev/null", "BatchMode=yes", "StrictHostKeyChecking=yes", "IdentitiesOnly=yes"]),
    )
    const key = args[args.indexOf("-i") + 1] ?? ""
    expect(await readFile(key, "utf8")).toBe("KEY\n")
  })
})

describe("checkRemote", () => {
  const auth = { kind: "ssh", privateKey: "k", knownHosts: "h" } as const
  it.each<[Remote, RegExp]>([
    [{ url: "--upload-pack=x", branch: "main" }, /spec.url is none of/],
    [{ url: "ext::sh -c x", branch: "main" }, /spec.url is none of/],
    [{ url: "https://a/b", branch: "--all" }, /is not a branch name/],
    [{ url: "https://a/b", branch: "a..b" }, /is not a branch name/],
    [{ url: "https://user:token@a/b", branch: "main" }, /holds credentials/],
    [{ url: "git@a:b.git", branch: "main" }, /no key `identity`/],
    [{ url: "git@a:b.git", branch: "main", auth: { ...auth, knownHosts: " " } }, /no `known_hosts`/],
  ])("refuses %j", (remote, problem) => {
    expect(() => checkRemote(remote)).toThrow(problem)
  })

  it("takes the usual ways to write a repository", () => {
    for (const url of ["git@host:team/config.git", "ssh://git@host:2222/x.git"])
      checkRemote({ url, branch: "release/1.x", auth })
    checkRemote({ url: "https://host/team/config.git", branch: "main" })
  })

  it("shows URLs without credentials", () => {
    expect(displayUrl("https://user:token@host/x.git")).toBe("https://host/x.git")
    expect(displayUrl("ssh://git@host/x.git")).toBe("ssh://git@host/x.git")
  })
})
