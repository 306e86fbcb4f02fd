import { writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { hubSignatureMatches } from "../http/index.ts"
import { until } from "../testing/until.ts"
import { gitHost, commit, clone, listener, api } from "./testing.ts"

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
