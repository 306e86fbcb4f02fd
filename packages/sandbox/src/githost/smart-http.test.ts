import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it, onTestFinished, vi } from "vitest"
import { temporaryFolder } from "../testing/temporary.ts"
import { gitHost, gitIn, commit, clone } from "./testing.ts"

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
