import { mkdir, readFile, writeFile } from "node:fs/promises"
import { createServer } from "node:http"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { closeServer, hubSignatureMatches, listen, readBody } from "../http/index.ts"
import { isInstalled, run } from "../testing/programs.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import { startGitHost } from "./githost.ts"
import type { GitHost, GitHostOptions } from "./options.ts"
import { until } from "../testing/until.ts"

const log = () => undefined
const users = [
  { name: "dev", token: "dev-token", access: "write" },
  { name: "reader", token: "reader-token", access: "read" },
] as const

async function gitHost(options: Partial<GitHostOptions> = {}): Promise<GitHost> {
  return closing(await startGitHost({ dataDir: await temporaryFolder(), users, log, ...options }))
}

/** A git as a person has it, but without this machine's configuration. */
function gitIn(folder: string, env: NodeJS.ProcessEnv = {}) {
  const identity = {
    GIT_AUTHOR_NAME: "dev",
    GIT_AUTHOR_EMAIL: "dev@localhost",
    GIT_COMMITTER_NAME: "dev",
    GIT_COMMITTER_EMAIL: "dev@localhost",
  }
  const isolated = {
    PATH: process.env["PATH"],
    HOME: folder,
    GIT_CONFIG_NOSYSTEM: "1",
    GIT_TERMINAL_PROMPT: "0",
    ...identity,
    ...env,
  }
  return async (...args: string[]) =>
    (await run("git", ["-c", "init.defaultBranch=main", ...args], { cwd: folder, env: isolated })).trim()
}

type Git = ReturnType<typeof gitIn>

async function commit(git: Git, folder: string, file: string, content: string): Promise<string> {
  await writeFile(join(folder, file), content)
  await git("add", "--all")
  await git("commit", "--quiet", "-m", `Change ${file}`)
  return git("rev-parse", "HEAD")
}

async function clone(host: GitHost, repository: string): Promise<{ git: Git; folder: string }> {
  const folder = await temporaryFolder()
  const git = gitIn(folder)
  await git("clone", "--quiet", host.cloneUrl(repository, "dev"), ".")
  await git("checkout", "--quiet", "-B", "main")
  return { git, folder }
}

interface Push {
  ref: string
  before: string
  after: string
  created: boolean
  deleted: boolean
  forced: boolean
  commits: { id: string; message: string; added: string[]; modified: string[]; removed: string[] }[]
  head_commit: { id: string } | null
  repository: { full_name: string; clone_url: string }
  pusher: { name: string }
}

/** A receiver that keeps what it took. */
async function listener(answers: number[] = []) {
  const pushes: { push: Push; headers: Record<string, string | string[] | undefined>; body: Buffer }[] = []
  const server = createServer((request, response) => {
    void readBody(request, 1_000_000).then((body) => {
      const status = answers.shift() ?? 200
      if (status === 200) pushes.push({ push: JSON.parse(body.toString()) as Push, headers: request.headers, body })
      response.writeHead(status).end()
    })
  })
  const port = await listen(server, 0, "listener")
  onTestFinished(() => closeServer(server))
  return { url: `http://127.0.0.1:${port}/hooks`, pushes }
}

const api = (host: GitHost, method: string, path: string, body?: unknown, token = "dev-token") =>
  fetch(`${host.url}/api/v1/${path}`, {
    method,
    headers: { authorization: `token ${token}` },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })

describe("git over HTTP", () => {
  it("clones, pushes and fetches with protocol 2, shallow and partial too", async () => {
    const host = await gitHost()
    await host.createRepository("team/config")
    const { git, folder } = await clone(host, "team/config")
    const first = await commit(git, folder, "a.txt", "one")
    await commit(git, folder, "a.txt", "two")
    await git("push", "--quiet", "origin", "main")

    const other = await temporaryFolder()
    const trace = { GIT_TRACE_PACKET: join(other, "trace") }
    await gitIn(other, trace)(
      "clone",
      "--quiet",
      "--depth=1",
      "--filter=blob:none",
      host.cloneUrl("team/config", "dev"),
      "copy",
    )
    expect(await readFile(join(other, "copy", "a.txt"), "utf8")).toBe("two")
    expect(await readFile(trace.GIT_TRACE_PACKET, "utf8")).toContain("version 2")
    expect(await gitIn(join(other, "copy"))("rev-list", "--count", "HEAD")).toBe("1")
    // A commit that no branch points at: as a controller fetches a pinned revision.
    await gitIn(join(other, "copy"))("fetch", "--quiet", "origin", first)
  })

  it("moves more than fits one request", async () => {
    const host = await gitHost()
    await host.createRepository("team/config")
    const { git, folder } = await clone(host, "team/config")
    // Above http.postBuffer (1 MiB) git probes first and then sends a chunked body.
    await commit(
      git,
      folder,
      "big.txt",
      Array.from({ length: 400_000 }, (_, i) => `${(i * 7919) % 1_000_003}`).join("\n"),
    )
    await git("push", "--quiet", "origin", "main")
    const again = await clone(host, "team/config")
    expect(await again.git("rev-parse", "HEAD")).toBe(await git("rev-parse", "HEAD"))
  })

  it("lets nobody in without a token, and readers not push", async () => {
    const host = await gitHost()
    await host.createRepository("team/config")
    const { git, folder } = await clone(host, "team/config")
    await commit(git, folder, "a.txt", "one")
    await expect(git("ls-remote", host.cloneUrl("team/config"))).rejects.toThrow(/could not read Username/)
    const wrong = host.cloneUrl("team/config", "dev").replace("dev-token", "wrong")
    await expect(git("ls-remote", wrong)).rejects.toThrow(/Authentication failed/)
    const reading = host.cloneUrl("team/config", "reader")
    expect(await git("ls-remote", reading)).toBe("")
    await expect(git("push", reading, "main")).rejects.toThrow(/403/)
    await expect(git("ls-remote", host.cloneUrl("team/none", "dev"))).rejects.toThrow(/not found/)
  })

  it("refuses a push that lost the race, and takes it when forced", async () => {
    const host = await gitHost()
    await host.createRepository("team/config")
    const one = await clone(host, "team/config")
    await commit(one.git, one.folder, "a.txt", "base")
    await one.git("push", "--quiet", "origin", "main")
    const two = await clone(host, "team/config")
    await two.git("reset", "--quiet", "--hard", "origin/main")
    await commit(one.git, one.folder, "a.txt", "one")
    await one.git("push", "--quiet", "origin", "main")
    const theirs = await commit(two.git, two.folder, "a.txt", "two")
    await expect(two.git("push", "origin", "main")).rejects.toThrow(/rejected/)
    await two.git("push", "--quiet", "--force", "origin", "main")
    expect(await one.git("ls-remote", "origin", "refs/heads/main")).toContain(theirs)
    await two.git("push", "--quiet", "origin", ":main")
    expect(await one.git("ls-remote", "origin")).toBe("")
  })

  it("is not touched by the configuration of who runs it", async () => {
    const home = await temporaryFolder()
    await writeFile(join(home, ".gitconfig"), "[transfer]\n\thideRefs = refs/heads\n")
    vi.stubEnv("HOME", home)
    onTestFinished(() => {
      vi.unstubAllEnvs()
    })
    const host = await gitHost()
    await host.createRepository("team/config")
    const { git, folder } = await clone(host, "team/config")
    await commit(git, folder, "a.txt", "one")
    await git("push", "--quiet", "origin", "main")
    expect(await git("ls-remote", "origin")).toContain("refs/heads/main")
  })

  it.each(["../etc", "team/..", "team/.git", ".hidden/x", "team/a/b"])("has no repository named %s", async (name) => {
    const host = await gitHost()
    await expect(host.createRepository(name)).rejects.toThrow(/is no repository name/)
  })
})

describe("hooks", () => {
  it("tell of branches and tags in GitHub's shape, signed", async () => {
    const host = await gitHost()
    await host.createRepository("team/podinfo")
    const { url, pushes } = await listener()
    await host.addHook("team/podinfo", { url, secret: "hook-secret" })
    const { git, folder } = await clone(host, "team/podinfo")
    const first = await commit(git, folder, "a.txt", "one")
    await git("push", "--quiet", "origin", "main")
    await commit(git, folder, "a.txt", "two")
    await writeFile(join(folder, "b c.txt"), "new")
    await git("add", "--all")
    await git("commit", "--quiet", "-m", "Add a file\n\nWith a body.")
    const head = await git("rev-parse", "HEAD")
    await git("tag", "0.2.1")
    await git("tag", "-a", "-m", "annotated", "0.2.2")
    await git("push", "--quiet", "origin", "main", "0.2.1", "0.2.2")
    await until(() => expect(pushes).toHaveLength(4))

    const [created, updated, light, annotated] = pushes.map(({ push }) => push)
    expect(created).toMatchObject({
      ref: "refs/heads/main",
      created: true,
      deleted: false,
      forced: false,
      after: first,
      repository: { full_name: "team/podinfo", clone_url: `${host.url}/team/podinfo.git` },
      pusher: { name: "dev" },
    })
    expect(updated).toMatchObject({ before: first, after: head, created: false, head_commit: { id: head } })
    expect(
      updated?.commits.map(({ message, added, modified, removed }) => ({ message, added, modified, removed })),
    ).toEqual([
      { message: "Change a.txt", added: [], modified: ["a.txt"], removed: [] },
      { message: "Add a file\n\nWith a body.", added: ["b c.txt"], modified: [], removed: [] },
    ])
    expect(light).toMatchObject({
      ref: "refs/tags/0.2.1",
      created: true,
      after: head,
      commits: [],
      head_commit: { id: head },
    })
    expect(annotated).toMatchObject({ ref: "refs/tags/0.2.2", head_commit: { id: head } })
    expect(annotated?.after).not.toBe(head)
    for (const { headers, body } of pushes) {
      expect(headers["x-github-event"]).toBe("push")
      expect(hubSignatureMatches("hook-secret", body, String(headers["x-hub-signature-256"]))).toBe(true)
    }
  })

  it("say what was forced and what was deleted, and nothing of a refused push", async () => {
    const host = await gitHost()
    await host.createRepository("team/config")
    const { git, folder } = await clone(host, "team/config")
    const first = await commit(git, folder, "a.txt", "one")
    const second = await commit(git, folder, "a.txt", "two")
    await git("push", "--quiet", "origin", "main")
    const { url, pushes } = await listener()
    await host.addHook("team/config", { url })
    await git("reset", "--quiet", "--hard", first)
    await expect(git("push", "origin", "main")).rejects.toThrow(/rejected/)
    await git("push", "--quiet", "--force", "origin", "main")
    await git("push", "--quiet", "origin", ":main")
    await until(() => expect(pushes).toHaveLength(2))
    expect(pushes[0]?.push).toMatchObject({ before: second, after: first, forced: true, commits: [] })
    expect(pushes[1]?.push).toMatchObject({ before: first, after: "0".repeat(40), deleted: true, head_commit: null })
    expect(pushes[0]?.headers).not.toHaveProperty("x-hub-signature-256")
  })

  it("are tried again until they are taken, and say how it went", async () => {
    const host = await gitHost()
    await host.createRepository("team/config")
    const { url, pushes } = await listener([500, 502])
    const { id } = await host.addHook("team/config", { url, secret: "s" })
    const { git, folder } = await clone(host, "team/config")
    await commit(git, folder, "a.txt", "one")
    await git("push", "--quiet", "origin", "main")
    await until(() => expect(pushes).toHaveLength(1))
    const deliveries = async () => (await api(host, "GET", `repos/team/config/hooks/${id}/deliveries`)).json()
    await until(async () =>
      expect(await deliveries()).toEqual([
        expect.objectContaining({ status: "OK", status_code: 200, attempts: 3, outcome: "delivered" }),
      ]),
    )
  })
})

describe("REST", () => {
  it("creates repositories and manages keys and hooks", async () => {
    const host = await gitHost()
    const made = await api(host, "POST", "orgs/team/repos", { name: "config" })
    expect([made.status, await made.json()]).toEqual([
      201,
      expect.objectContaining({
        full_name: "team/config",
        ssh_url: `${host.sshUrl}/team/config.git`,
        default_branch: "main",
      }),
    ])
    expect((await api(host, "POST", "orgs/team/repos", { name: "config" })).status).toBe(409)
    expect((await api(host, "POST", "orgs/team/repos", { name: "../x" })).status).toBe(422)

    const key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIOMqqnkVzrm0SdG6UOoqKLsabgH5C9okWi0dh2l9GKJl someone@somewhere"
    const added = await api(host, "POST", "repos/team/config/keys", { title: "serin", key, read_only: true })
    const { id, fingerprint } = (await added.json()) as { id: number; fingerprint: string }
    expect([added.status, fingerprint]).toEqual([201, "SHA256:+DiY3wvvV6TuJJhbpZisF/zLDA0zPMSvHdkr4UvCOqU"])
    expect((await api(host, "POST", "repos/team/config/keys", { title: "again", key })).status).toBe(422)
    expect((await api(host, "POST", "repos/team/config/keys", { title: "bad", key: "no key" })).status).toBe(422)
    expect((await api(host, "DELETE", `repos/team/config/keys/${id}`)).status).toBe(204)
    expect(await (await api(host, "GET", "repos/team/config/keys")).json()).toEqual([])

    const hook = {
      type: "gitea",
      config: { url: "http://127.0.0.1:1/x", secret: "hidden", content_type: "json" },
      events: ["push"],
      active: true,
    }
    const hooked = await api(host, "POST", "repos/team/config/hooks", hook)
    const text = await hooked.text()
    expect([hooked.status, text.includes("hidden")]).toEqual([201, false])
    expect(
      (await api(host, "DELETE", `repos/team/config/hooks/${(JSON.parse(text) as { id: number }).id}`)).status,
    ).toBe(204)
    expect((await api(host, "DELETE", "repos/team/config")).status).toBe(204)
    expect((await api(host, "GET", "repos/team/config")).status).toBe(404)
  })

  it("asks for a token, and lets readers only read", async () => {
    const host = await gitHost()
    await host.createRepository("team/config")
    expect((await api(host, "GET", "repos/team/config", undefined, "wrong")).status).toBe(401)
    expect((await api(host, "GET", "repos/team/config", undefined, "reader-token")).status).toBe(200)
    expect((await api(host, "POST", "repos/team/config/hooks", {}, "reader-token")).status).toBe(403)
  })
})

describe.skipIf(!isInstalled("ssh", "-V"))("git over SSH", () => {
  async function keyPair(folder: string, name: string): Promise<{ file: string; key: string }> {
    const file = join(folder, name)
    await run("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-f", file])
    return { file, key: await readFile(`${file}.pub`, "utf8") }
  }

  async function setUp() {
    const host = await gitHost()
    await host.createRepository("team/config")
    await host.createRepository("team/other")
    const folder = await temporaryFolder()
    const knownHosts = join(folder, "known_hosts")
    await writeFile(knownHosts, `${host.knownHosts}\n`)
    const withKey = (file: string) => {
      const options = [
        "-F",
        "none",
        "-o",
        "IdentitiesOnly=yes",
        "-o",
        `UserKnownHostsFile=${knownHosts}`,
        "-o",
        "StrictHostKeyChecking=yes",
        "-o",
        "BatchMode=yes",
      ]
      return gitIn(folder, { GIT_SSH_COMMAND: ["ssh", "-i", file, ...options].join(" ") })
    }
    return { host, folder, withKey }
  }

  it("opens a repository to its deploy keys, to write or only to read", async () => {
    const { host, folder, withKey } = await setUp()
    const { url, pushes } = await listener()
    await host.addHook("team/config", { url })
    const writing = await keyPair(folder, "writing")
    const reading = await keyPair(folder, "reading")
    await host.addDeployKey("team/config", { title: "serin", key: writing.key, readOnly: false })
    await host.addDeployKey("team/config", { title: "mirror", key: reading.key, readOnly: true })
    const git = withKey(writing.file)
    await git("clone", "--quiet", host.sshCloneUrl("team/config"), "work")
    const work = join(folder, "work")
    await mkdir(work, { recursive: true })
    const inWork: Git = (...args) => git("-C", work, ...args)
    const head = await commit(inWork, work, "a.txt", "one")
    await inWork("push", "--quiet", "origin", "HEAD:main")
    await until(() => expect(pushes[0]?.push).toMatchObject({ after: head, pusher: { name: "serin" } }))
    const reader = withKey(reading.file)
    expect(await reader("ls-remote", host.sshCloneUrl("team/config"))).toContain(head)
    await expect(reader("-C", work, "push", "origin", "HEAD:refs/heads/x")).rejects.toThrow(
      /may read team\/config\.git but not push/,
    )
    await expect(git("ls-remote", host.sshCloneUrl("team/other"))).rejects.toThrow(/does not open team\/other\.git/)
  })

  it("refuses a key that was not added, and one that was removed", async () => {
    const { host, folder, withKey } = await setUp()
    const stranger = await keyPair(folder, "stranger")
    const git = withKey(stranger.file)
    await expect(git("ls-remote", host.sshCloneUrl("team/config"))).rejects.toThrow(/Permission denied \(publickey\)/)
    const { id } = await host.addDeployKey("team/config", { title: "x", key: stranger.key, readOnly: false })
    expect(await git("ls-remote", host.sshCloneUrl("team/config"))).toBe("")
    await api(host, "DELETE", `repos/team/config/keys/${id}`)
    await expect(git("ls-remote", host.sshCloneUrl("team/config"))).rejects.toThrow(/Permission denied \(publickey\)/)
  })

  it("gives no shell and runs no other program", async () => {
    const { host, folder } = await setUp()
    const { file, key } = await keyPair(folder, "key")
    await host.addDeployKey("team/config", { title: "x", key, readOnly: false })
    const ssh = (command: string) =>
      run("ssh", [
        "-F",
        "none",
        "-i",
        file,
        "-p",
        String(host.sshPort),
        "-o",
        "StrictHostKeyChecking=no",
        "-o",
        `UserKnownHostsFile=${folder}/other`,
        "git@127.0.0.1",
        command,
      ])
    await expect(ssh("cat /etc/passwd")).rejects.toThrow(/Only git-upload-pack/)
    await expect(ssh("git-upload-pack '/team/config.git'; id")).rejects.toThrow(/Only git-upload-pack/)
  })
})

describe("a restart", () => {
  it("keeps repositories, keys, hooks and the host key", async () => {
    const dataDir = await temporaryFolder()
    const before = await startGitHost({ dataDir, users, log })
    await before.createRepository("team/config")
    await before.addHook("team/config", { url: "http://127.0.0.1:1/" })
    const { git, folder } = await clone(before, "team/config")
    const head = await commit(git, folder, "a.txt", "one")
    await git("push", "--quiet", "origin", "main")
    await before.close()
    const after = await gitHost({ dataDir })
    expect(await git("ls-remote", after.cloneUrl("team/config", "dev"))).toContain(head)
    expect(await (await api(after, "GET", "repos/team/config/hooks")).json()).toHaveLength(1)
    expect(after.knownHosts.split(" ").slice(1)).toEqual(before.knownHosts.split(" ").slice(1))
  })

  it("on a port in use says so", async () => {
    const host = await gitHost()
    await expect(gitHost({ port: host.port })).rejects.toThrow(/wanted for the git host, is in use/)
    await expect(gitHost({ sshPort: host.sshPort })).rejects.toThrow(/wanted for the git host's SSH, is in use/)
  })
})

describe("seed", () => {
  const author = { name: "dev", email: "dev@localhost" }

  it("makes the same commits everywhere, tags them and fires hooks once", async () => {
    const [first, second] = [await temporaryFolder(), await temporaryFolder()]
    await writeFile(join(first, "version.txt"), "one\n")
    await writeFile(join(first, "stays.txt"), "")
    await writeFile(join(second, "version.txt"), "two\n")
    const commits = [
      { folder: first, message: "Begin", author, at: new Date("2026-01-01T10:00:00Z"), tag: "0.1.0" },
      { folder: second, message: "Say two", author, at: new Date("2026-01-02T10:00:00Z"), tag: "0.2.0" },
    ]
    const host = await gitHost()
    const { url, pushes } = await listener()
    await host.createRepository("team/podinfo")
    await host.addHook("team/podinfo", { url })
    const ids = await host.seed("team/podinfo", commits)
    await until(() =>
      expect(pushes.map(({ push }) => push.ref)).toEqual(["refs/heads/main", "refs/tags/0.1.0", "refs/tags/0.2.0"]),
    )
    expect(pushes.map(({ push }) => push.after)).toEqual([ids[1], ids[0], ids[1]])
    const { folder: copy } = await clone(host, "team/podinfo")
    expect(await readFile(join(copy, "version.txt"), "utf8")).toBe("two\n")
    expect(await readFile(join(copy, "stays.txt"), "utf8")).toBe("")

    expect(await host.seed("team/podinfo", commits)).toEqual(ids)
    expect(await (await gitHost()).seed("team/podinfo", commits)).toEqual(ids)
    expect(pushes).toHaveLength(3)
  })
})
