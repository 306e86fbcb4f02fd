import { rm, symlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { afterEach, describe, expect, it } from "vitest"
import { unwrap } from "../errors.ts"
import { TestHost } from "./test-host.ts"

const hosts: TestHost[] = []
afterEach(async () => {
  for (const host of hosts.splice(0)) await host.close()
})

async function host(files: Record<string, string> = { "cluster/a.yaml": "a\n" }): Promise<TestHost> {
  const started = await TestHost.start(files)
  hosts.push(started)
  return started
}

describe("Mirror", () => {
  it("follows the branch and says how it moved", async () => {
    const world = await host()
    const heads: string[] = []
    const mirror = world.mirror({ onHead: (head) => heads.push(head) })
    expect(await mirror.head()).toBeUndefined()
    const first = await world.head()
    expect(await mirror.fetch()).toEqual({ ok: true, value: { head: first, moved: "first" } })
    expect(await mirror.fetch()).toMatchObject({ value: { moved: "same" } })
    const second = await world.push("second", { "cluster/b.yaml": "b\n" })
    expect(await mirror.fetch()).toEqual({ ok: true, value: { head: second, moved: "forward", before: first } })
    await world.git(["reset", "--quiet", "--hard", "HEAD~1"], world.work)
    await writeFile(join(world.work, "cluster/c.yaml"), "c\n")
    await world.git(["add", "--all"], world.work)
    await world.git(["commit", "--quiet", "--message", "instead"], world.work)
    await world.git(["push", "--quiet", "--force", "origin", "HEAD:main"], world.work)
    expect(await mirror.fetch()).toMatchObject({ value: { moved: "rewritten", before: second } })
    expect(heads).toEqual([first, second, await world.head()])
  })

  it("keeps the head when the branch is deleted or the host is away, also over a restart", async () => {
    const world = await host()
    const mirror = world.mirror()
    const head = unwrap(await mirror.fetch()).head
    await world.git(["update-ref", "-d", "refs/heads/main"], world.bare)
    expect(await mirror.fetch()).toMatchObject({ error: { code: "GIT_BRANCH_MISSING", retry: "backoff" } })
    await world.git(["update-ref", "refs/heads/main", head], world.bare)
    await world.git(["config", "core.bare", "nonsense"], world.bare)
    expect((await mirror.fetch()).ok).toBe(false)
    const restarted = world.mirror()
    expect(await restarted.head()).toBe(head)
    expect(unwrap(await restarted.tree(head)).files.get("cluster/a.yaml")).toBe("a\n")
  })

  it("reads the files below its path and says which it leaves out", async () => {
    const world = await host({ "cluster/a.yaml": "# ü\na: 1\r\n", "clusterette/b.yaml": "no\n", "README.md": "no\n" })
    await symlink("a.yaml", join(world.work, "cluster/link.yaml"))
    await writeFile(join(world.work, "cluster/latin1.yaml"), Buffer.from([0x61, 0xe9, 0x0a]))
    await world.push("odd", {})
    const mirror = world.mirror()
    const { files, skipped, revision } = unwrap(await mirror.tree(unwrap(await mirror.fetch()).head))
    expect(revision).toBe(await world.head())
    expect([...files]).toEqual([["cluster/a.yaml", "# ü\na: 1\r\n"]])
    expect([...skipped]).toEqual([
      ["cluster/link.yaml", "it is a symbolic link: commit the file itself"],
      ["cluster/latin1.yaml", "it is not UTF-8 text"],
    ])
  })

  it("reads an older commit, and one that it has to fetch first", async () => {
    const world = await host()
    const first = await world.head()
    await world.push("second", { "cluster/a.yaml": "b\n" })
    await world.git(["config", "uploadpack.allowAnySHA1InWant", "true"], world.bare)
    const mirror = world.mirror()
    expect(unwrap(await mirror.tree(first)).files.get("cluster/a.yaml")).toBe("a\n")
    unwrap(await mirror.fetch())
    expect(unwrap(await mirror.tree(first)).files.get("cluster/a.yaml")).toBe("a\n")
    expect(await mirror.tree("1".repeat(40))).toMatchObject({ ok: false })
  })

  it("tells the history with its trailers", async () => {
    const world = await host()
    await world.push("Release web 1.2.3\n\nThe policy\nchose it.\n\nSerin-Kind: release\nSerin-To: web:1.2.3", {
      "cluster/a.yaml": "c\n",
    })
    const mirror = world.mirror()
    unwrap(await mirror.fetch())
    const [release, first] = unwrap(await mirror.log(10))
    expect(release).toEqual({
      commit: await world.head(),
      parents: [first?.commit],
      author: "Dev <dev@example.org>",
      at: expect.stringMatching(/^\d{4}-.*Z$/),
      subject: "Release web 1.2.3",
      body: "The policy\nchose it.",
      trailers: [
        ["Serin-Kind", "release"],
        ["Serin-To", "web:1.2.3"],
      ],
    })
    expect(first).toMatchObject({ subject: "first", parents: [], body: "", trailers: [] })
  })

  it("makes a clone anew that a kill left locked", async () => {
    const world = await host()
    const mirror = world.mirror()
    unwrap(await mirror.fetch())
    await writeFile(join(mirror.clone, "shallow.lock"), "")
    const head = await world.push("second", { "cluster/b.yaml": "b\n" })
    expect(await mirror.fetch()).toMatchObject({ ok: true, value: { head } })
    expect(unwrap(await mirror.tree(head)).files.size).toBe(2)
  })

  it("makes a clone anew whose objects were lost", async () => {
    const world = await host()
    const mirror = world.mirror()
    const { head } = unwrap(await mirror.fetch())
    const blob = await world.git(["rev-parse", "main:cluster/a.yaml"], world.bare)
    await rm(join(mirror.clone, "objects", blob.slice(0, 2), blob.slice(2)))
    expect(unwrap(await mirror.tree(head)).files.get("cluster/a.yaml")).toBe("a\n")
  })

  it("says that a repository is not there", async () => {
    const world = await host()
    const mirror = world.mirror({ remote: { url: `file://${world.folder}/nothing.git`, branch: "main" } })
    expect(await mirror.fetch()).toMatchObject({ error: { code: "GIT_REPOSITORY_MISSING" } })
  })
})
