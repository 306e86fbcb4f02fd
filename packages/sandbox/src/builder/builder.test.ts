import { readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { describe, expect, it } from "vitest"
import { hubSignature } from "../http/index.ts"
import { RepositoryClient } from "../images/index.ts"
import { startRegistry } from "../registry/index.ts"
import { run } from "../testing/programs.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import { until } from "../testing/until.ts"
import { startBuilder } from "./builder.ts"
import type { Build, Builder } from "./options.ts"
import { log, author, at, secret, world, folderOf, buildTag, finished, logOf, forLargeImages } from "./testing.ts"

describe("a pushed tag", () => {
  it("becomes an image that says where it comes from, with a log to read", async () => {
    const of = await world()
    const build = await buildTag(of, { Dockerfile: "FROM scratch\nCOPY a.txt /\n", "a.txt": "hello" }, "0.2.1")
    const image = await of.images.pull("app:0.2.1")
    expect(build).toMatchObject({
      state: "succeeded",
      repository: "team/app",
      tag: "0.2.1",
      image: "app:0.2.1",
      digest: image.digest,
    })
    expect(image.config.labels).toEqual({
      "org.opencontainers.image.created": "2026-02-03T04:05:06.000Z",
      "org.opencontainers.image.revision": build.commit,
      "org.opencontainers.image.source": `${of.gitHost.url}/team/app`,
      "org.opencontainers.image.version": "0.2.1",
    })
    expect(await readFile(join(image.rootfs, "a.txt"), "utf8")).toBe("hello")
    const text = await logOf(of.builder, build)
    for (const part of [
      "Building app:0.2.1 from team/app",
      "[1/2] FROM scratch",
      "[2/2] COPY a.txt /",
      `Pushed app:0.2.1@${build.digest}`,
      "Done",
    ]) {
      expect(text).toContain(part)
    }
    expect(await (await fetch(`${of.builder.url}/builds`)).json()).toEqual([build])
    expect(await (await fetch(`${of.builder.url}/builds/${build.id}`)).json()).toEqual(build)
    expect((await fetch(`${of.builder.url}/builds/99`)).status).toBe(404)
  })

  it("has the same digest wherever it is built", async () => {
    const files = { Dockerfile: "FROM scratch\nWORKDIR /srv\nCOPY . .\nENV B=2 A=1\n", "x/b.txt": "b", "a.txt": "a" }
    const digests = new Set<string | undefined>()
    for (let time = 0; time < 2; time += 1) {
      const of = await world()
      const { digest } = await buildTag(of, files)
      const manifest = await new RepositoryClient(of.registry.url, "app").manifest(digest ?? "")
      const { layers } = JSON.parse(manifest?.content.toString() ?? "") as { layers: unknown }
      digests.add(JSON.stringify(layers))
    }
    expect(digests.size).toBe(1)
  })

  it("is built once, also when it is told twice, and again when it moves", async () => {
    const of = await world()
    const first = await buildTag(of, { Dockerfile: "FROM scratch\nCOPY a /\n", a: "one" })
    const tell = async (commit: string) => {
      const body = JSON.stringify({
        ref: "refs/tags/1.0.0",
        after: commit,
        head_commit: { id: commit },
        repository: { full_name: "team/app" },
      })
      const headers = { "x-github-event": "push", "x-hub-signature-256": hubSignature(secret, body) }
      return (await (await fetch(of.builder.webhookUrl, { method: "POST", body, headers })).json()) as Build
    }
    expect((await tell(first.commit)).id).toBe(first.id)

    const clone = await temporaryFolder()
    const git = (...args: string[]) =>
      run("git", ["-C", clone, "-c", "user.name=dev", "-c", "user.email=dev@localhost", ...args])
    await run("git", ["clone", "--quiet", of.gitHost.cloneUrl("team/app", "builder"), clone])
    await writeFile(join(clone, "a"), "two")
    await git("commit", "--quiet", "-am", "Change")
    await git("tag", "--force", "1.0.0")
    await git("push", "--quiet", "--force", "origin", "1.0.0")
    const second = await until(() => {
      const [newest] = of.builder.builds()
      if (newest?.id === first.id || newest?.state !== "succeeded") throw new Error("not built yet")
      return newest
    })
    expect(second.digest).not.toBe(first.digest)
    expect(await readFile(join((await of.images.pull("app:1.0.0")).rootfs, "a"), "utf8")).toBe("two")
    const late = await tell(first.commit)
    await of.builder.idle()
    expect((await (await fetch(`${of.builder.url}/builds/${late.id}`)).json()) as Build).toMatchObject({
      state: "superseded",
    })
  })

  it("waits for a registry that is down, says so, and goes on", async () => {
    const of = await world()
    await of.registry.close()
    const folder = await folderOf({ Dockerfile: "FROM scratch\nCOPY a /\n", a: "one" })
    await of.gitHost.seed("team/app", [{ folder, message: "Begin", author, at, tag: "1.0.0" }])
    const build = await until(() => {
      const [running] = of.builder.builds()
      if (running?.state !== "running") throw new Error("not running yet")
      return running
    })
    await until(async () =>
      expect(await logOf(of.builder, build)).toMatch(/Waiting: .*connection refused; trying again/),
    )
    closing(await startRegistry({ dataDir: await temporaryFolder(), port: of.registry.port, log }))
    expect(await finished(of.builder, "1.0.0")).toMatchObject({ id: build.id, state: "succeeded" })
  })

  it("is built after a restart that came in between", async () => {
    const of = await world()
    await of.registry.close()
    const folder = await folderOf({ Dockerfile: "FROM scratch\nCOPY a /\n", a: "one" })
    await of.gitHost.seed("team/app", [{ folder, message: "Begin", author, at, tag: "1.0.0" }])
    await until(() => expect(of.builder.builds()).toMatchObject([{ state: "running" }]))
    await of.builder.close()
    closing(await startRegistry({ dataDir: await temporaryFolder(), port: of.registry.port, log }))
    const again = closing(await startBuilder(of.options))
    const build = await finished(again, "1.0.0")
    expect([build.id, build.state]).toEqual([1, "succeeded"])
    expect(await logOf(again, build)).toContain("was restarted and begins again")
  })

  it("and the next one are built side by side", async () => {
    const of = await world()
    const folder = await folderOf({ Dockerfile: "FROM scratch\nARG VERSION\nLABEL tag=$VERSION\n" })
    const tags = ["1.0.0", "1.0.1", "1.0.2", "1.0.3"]
    await of.gitHost.seed(
      "team/app",
      tags.map((tag) => ({ folder, message: tag, author, at, tag })),
    )
    const builds = await Promise.all(tags.map((tag) => finished(of.builder, tag)))
    expect(builds.map(({ state }) => state)).toEqual(tags.map(() => "succeeded"))
    const labels = await Promise.all(tags.map(async (tag) => (await of.images.pull(`app:${tag}`)).config.labels["tag"]))
    expect(labels).toEqual(tags)
  })
})

describe("the webhook", () => {
  const post = (to: Builder, body: string, headers: Record<string, string>) =>
    fetch(to.webhookUrl, { method: "POST", body, headers })

  it("takes only what is signed with its secret", async () => {
    const { builder } = await world()
    const body = JSON.stringify({ ref: "refs/tags/1", after: "0".repeat(40), repository: { full_name: "team/app" } })
    expect((await post(builder, body, { "x-github-event": "push" })).status).toBe(401)
    const wrong = { "x-github-event": "push", "x-hub-signature-256": hubSignature("other", body) }
    expect((await post(builder, body, wrong)).status).toBe(401)
    expect(builder.builds()).toEqual([])
  })

  it.each([
    ["push", { ref: "refs/heads/main", after: "1", repository: { full_name: "team/app" } }, 202],
    ["push", { ref: "refs/tags/1", deleted: true, after: "0", repository: { full_name: "team/app" } }, 202],
    ["push", { ref: "refs/tags/a/b", after: "1", repository: { full_name: "team/app" } }, 202],
    ["push", { ref: "refs/tags/1", after: "1", repository: { full_name: "../etc" } }, 400],
    ["ping", {}, 202],
  ])("builds nothing of %s %j", async (event, payload, status) => {
    const { builder } = await world()
    const body = JSON.stringify(payload)
    const answer = await post(builder, body, {
      "x-github-event": event,
      "x-hub-signature-256": hubSignature(secret, body),
    })
    expect([answer.status, builder.builds()]).toEqual([status, []])
  })
})

describe("the log", () => {
  it("can be followed until the build is over", forLargeImages, async () => {
    const of = await world()
    const folder = await folderOf({ Dockerfile: "FROM node:20\nCOPY Dockerfile /\n" })
    await of.gitHost.seed("team/app", [{ folder, message: "Begin", author, at, tag: "1.0.0" }])
    const { id } = await until(() => {
      const [build] = of.builder.builds()
      if (!build) throw new Error("no build yet")
      return build
    })
    const followed = await (await fetch(`${of.builder.url}/builds/${id}/log?follow=true`)).text()
    expect(followed.trim().split("\n").at(-1)).toMatch(/Done$/)
    const [build] = of.builder.builds()
    expect(build && (await logOf(of.builder, build))).toBe(followed)
  })
})
