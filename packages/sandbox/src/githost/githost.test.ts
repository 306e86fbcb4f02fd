import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../testing/temporary.ts"
import { startGitHost } from "./githost.ts"
import { until } from "../testing/until.ts"
import { log, users, gitHost, commit, clone, listener, api } from "./testing.ts"

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
