import { spawn } from "node:child_process"
import { chmod, mkdir, readFile, symlink, writeFile } from "node:fs/promises"
import { dirname, join } from "node:path"
import { describe, expect, it } from "vitest"
import { startGitHost, type GitHost } from "../githost/index.ts"
import { hubSignature } from "../http/index.ts"
import { createImageStore, RepositoryClient, type ImageStore, type LocalImage } from "../images/index.ts"
import { startRegistry, type Registry } from "../registry/index.ts"
import { isInstalled, run } from "../testing/programs.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import { until } from "../testing/until.ts"
import { startBuilder } from "./builder.ts"
import type { Build, Builder, BuilderOptions } from "./options.ts"

const log = () => undefined
const author = { name: "dev", email: "dev@localhost" }
const at = new Date("2026-02-03T04:05:06Z")
const secret = "webhook-secret"

interface World {
  readonly gitHost: GitHost
  readonly registry: Registry
  readonly builder: Builder
  readonly images: ImageStore
  readonly options: BuilderOptions
}

/** A git host whose pushes to team/app reach a builder, which pushes to a registry, from which images are pulled. */
async function world(): Promise<World> {
  const users = [{ name: "builder", token: "builder-token", access: "write" }] as const
  const gitHost = closing(await startGitHost({ dataDir: await temporaryFolder(), users, log }))
  const registry = closing(await startRegistry({ dataDir: await temporaryFolder(), log }))
  const mirrors = { "docker.io": { endpoint: [registry.url], rewrite: { "^library/(.*)": "$1" } } }
  const options: BuilderOptions = {
    dataDir: await temporaryFolder(),
    git: { url: gitHost.url, username: "builder", token: "builder-token" },
    registry: { url: registry.url },
    mirrors,
    webhookSecret: secret,
    log,
  }
  const builder = closing(await startBuilder(options))
  await gitHost.createRepository("team/app")
  await gitHost.addHook("team/app", { url: builder.webhookUrl, secret })
  return {
    gitHost,
    registry,
    builder,
    images: await createImageStore({ dataDir: await temporaryFolder(), mirrors, log }),
    options,
  }
}

type Files = Readonly<Record<string, string>>

async function folderOf(files: Files): Promise<string> {
  const folder = await temporaryFolder()
  for (const [name, content] of Object.entries(files)) {
    await mkdir(dirname(join(folder, name)), { recursive: true })
    await writeFile(join(folder, name), content)
  }
  return folder
}

/** Pushes the files as a tagged commit and waits for its build. */
async function buildTag(of: World, files: Files | string, tag = "1.0.0"): Promise<Build> {
  const folder = typeof files === "string" ? files : await folderOf(files)
  await of.gitHost.seed("team/app", [{ folder, message: "Begin", author, at, tag }])
  return finished(of.builder, tag)
}

function finished(builder: Builder, tag: string): Promise<Build> {
  return until(() => {
    const build = builder.builds().find((each) => each.tag === tag)
    if (!build || build.state === "queued" || build.state === "running") throw new Error(`${tag} is not built yet`)
    return build
  })
}

const logOf = async (builder: Builder, { id }: Build) => (await fetch(`${builder.url}/builds/${id}/log`)).text()

async function succeeded(of: World, files: Files | string, tag = "1.0.0"): Promise<LocalImage> {
  const build = await buildTag(of, files, tag)
  expect(build.state, await logOf(of.builder, build)).toBe("succeeded")
  return of.images.pull(`app:${tag}`)
}

async function failure(files: Files): Promise<string> {
  const build = await buildTag(await world(), files)
  expect(build.state).toBe("failed")
  return build.error ?? ""
}

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

describe("the Dockerfile", () => {
  it("says how the image runs", async () => {
    const of = await world()
    const dockerfile = `
ARG GREETING=hello
FROM scratch AS base
ENV PATH=/bin KEEP="two words"
CMD ["from-base"]
FROM base
ARG GREETING
ARG UNSET
WORKDIR /srv
WORKDIR app
ENV TEXT=$GREETING-\${UNSET:-none} PATH=/extra:$PATH
LABEL a=1 b="x y"
EXPOSE 9898 53/udp
USER 1000:1000
ENTRYPOINT ["node", "main.js"]
`
    const { config, rootfs } = await succeeded(of, { Dockerfile: dockerfile })
    expect(config).toMatchObject({
      entrypoint: ["node", "main.js"],
      cmd: [],
      env: ["PATH=/extra:/bin", "KEEP=two words", "TEXT=hello-none"],
      workingDir: "/srv/app",
      user: "1000:1000",
      exposedPorts: ["9898/tcp", "53/udp"],
    })
    expect(config.labels).toMatchObject({ a: "1", b: "x y" })
    expect(await tree(rootfs)).toEqual(["srv", "srv/app"])
  })

  it("copies files to where Docker would put them", async () => {
    const of = await world()
    const folder = await folderOf({
      Dockerfile: `
FROM scratch AS build
COPY src /out/
COPY tool /out/bin/tool
FROM scratch
WORKDIR /app
COPY package.json ./
COPY src lib
COPY *.md docs/
COPY tool /bin/renamed
COPY ["a name.txt", "/names/"]
COPY --from=build /out /from-build
COPY --chmod=600 --chown=5:6 package.json /secret.json
COPY link.txt /followed.txt
`,
      ".dockerignore": "**/*.log\nignored.md\n",
      "package.json": "{}",
      "src/main.js": "main",
      "src/deep/x.js": "x",
      "src/debug.log": "never",
      "one.md": "1",
      "two.md": "2",
      "ignored.md": "no",
      tool: "#!",
      "a name.txt": "spaces",
    })
    await chmod(join(folder, "tool"), 0o755)
    await symlink("one.md", join(folder, "link.txt"))
    await symlink("main.js", join(folder, "src/alias.js"))
    const { rootfs } = await succeeded(of, folder)
    expect(await tree(rootfs)).toEqual([
      "app",
      "app/docs",
      "app/docs/one.md",
      "app/docs/two.md",
      "app/lib",
      "app/lib/alias.js",
      "app/lib/deep",
      "app/lib/deep/x.js",
      "app/lib/main.js",
      "app/package.json",
      "bin",
      "bin/renamed",
      "followed.txt",
      "from-build",
      "from-build/alias.js",
      "from-build/bin",
      "from-build/bin/tool",
      "from-build/deep",
      "from-build/deep/x.js",
      "from-build/main.js",
      "names",
      "names/a name.txt",
      "secret.json",
    ])
    const { lstat, readlink } = await import("node:fs/promises")
    const mode = async (path: string) => (await lstat(join(rootfs, path))).mode & 0o777
    expect(
      await Promise.all(["bin/renamed", "app/package.json", "secret.json", "from-build/bin/tool"].map(mode)),
    ).toEqual([0o755, 0o644, 0o600, 0o755])
    expect(await readlink(join(rootfs, "app/lib/alias.js"))).toBe("main.js")
    expect(await readFile(join(rootfs, "followed.txt"), "utf8")).toBe("1")
  })

  it.skipIf(!isInstalled("unshare", "-rmpf", "true"))("runs commands where the machine lets it", async () => {
    const of = await world()
    const dockerfile = `
FROM node:20
WORKDIR /app
COPY old.txt gone.txt ./
ARG VERSION
RUN echo "built $VERSION in $PWD"; node -e 'fs.writeFileSync("made.txt", "made"); fs.rmSync("gone.txt"); fs.appendFileSync("old.txt", "+")'
RUN ["node", "-e", "fs.mkdirSync('/data'); fs.writeFileSync('/tmp/x', '')"]
`
    const { rootfs } = await succeeded(of, { Dockerfile: dockerfile, "old.txt": "old", "gone.txt": "" })
    expect(await tree(join(rootfs, "app"))).toEqual(["made.txt", "old.txt"])
    expect(await readFile(join(rootfs, "app/old.txt"), "utf8")).toBe("old+")
    expect(await tree(join(rootfs, "tmp"))).toEqual(["x"])
    const [build] = of.builder.builds()
    expect(build && (await logOf(of.builder, build))).toContain("| built 1.0.0 in /app")
  })

  it.each<[string, Files, RegExp]>([
    ["has no Dockerfile", { a: "" }, /^there is no Dockerfile at the root of team\/app\. Add one/],
    [
      "copies what is not there",
      { Dockerfile: "FROM scratch\n\nCOPY nothing /\n" },
      /^Dockerfile line 3: "nothing" is not in the repository\. Check/,
    ],
    [
      "copies what is ignored",
      { Dockerfile: "FROM scratch\nCOPY a /\n", a: "", ".dockerignore": "a" },
      /^Dockerfile line 2: "a" is not in the repository/,
    ],
    [
      "copies from outside",
      { Dockerfile: "FROM scratch\nCOPY ../a /\n" },
      /line 2: \.\.\/a leads out of the repository/,
    ],
    [
      "copies two files into one",
      { Dockerfile: "FROM scratch\nCOPY a b /c\n", a: "", b: "" },
      /line 2: COPY takes 2 files to "\/c", which is no folder\. End/,
    ],
    [
      "begins with an image that nobody has",
      { Dockerfile: "FROM nobody/has:it\n" },
      /^Dockerfile line 1: there is no image nobody\/has:it: .*not found\. Check its name/,
    ],
    ["adds", { Dockerfile: "FROM scratch\nADD a /\n", a: "" }, /line 2: ADD is not understood here\. Use COPY/],
    [
      "is misspelt",
      { Dockerfile: "FROM scratch\nCOPPY a /\n", a: "" },
      /line 2: COPPY is no instruction of a Dockerfile/,
    ],
    [
      "needs a shell that is not there",
      { Dockerfile: "FROM scratch\nRUN true\n" },
      /line 2: (the command "true" ended with code 127|RUN needs user namespaces)/,
    ],
  ])("that %s fails with the line and the next step", async (_what, files, message) => {
    expect(await failure(files)).toMatch(message)
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
  it("can be followed until the build is over", async () => {
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

describe("the base image", () => {
  it("is made of the Node that runs here, and is the same each time", async () => {
    const [one, two] = [await world(), await world()]
    await Promise.all([one, two].map((of) => succeeded(of, { Dockerfile: "FROM node:20\n" })))
    const [first, second] = await Promise.all([one.images.pull("node:20"), two.images.pull("node:20")])
    expect(first.digest).toBe(second.digest)
    expect(first.config).toMatchObject({
      cmd: ["node"],
      env: [expect.stringMatching(/^PATH=/), `NODE_VERSION=${process.version.slice(1)}`],
    })
  })

  it("that somebody has pushed is used as it is", async () => {
    const of = await world()
    const own = await world()
    await succeeded(own, { Dockerfile: "FROM scratch\nCOPY mark /\n", mark: "" })
    const source = new RepositoryClient(own.registry.url, "app")
    const target = new RepositoryClient(of.registry.url, "node")
    const manifest = await source.manifest("1.0.0")
    const { config, layers } = JSON.parse(manifest?.content.toString() ?? "") as Record<"config", Part> &
      Record<"layers", Part[]>
    for (const { digest, size } of [config, ...layers]) await target.pushBlob(digest, size, () => source.blob(digest))
    if (manifest) await target.pushManifest("20", manifest.mediaType, manifest.content)
    expect(await tree((await succeeded(of, { Dockerfile: "FROM node:20\n" })).rootfs)).toEqual(["mark"])
  })

  it.skipIf(!isInstalled("unshare", "-r", "true"))("runs in a root of its own", async () => {
    const of = await world()
    const { rootfs } = await succeeded(of, {
      Dockerfile: "FROM node:20\nCOPY main.js /\n",
      "main.js": "console.log(process.version, require('fs').readdirSync('/').includes('main.js'))",
    })
    const child = spawn("unshare", ["-r", "chroot", rootfs, "/usr/local/bin/node", "/main.js"], {
      env: { PATH: process.env["PATH"] },
    })
    const output: string[] = []
    child.stdout.on("data", (chunk: Buffer) => output.push(chunk.toString()))
    child.stderr.on("data", (chunk: Buffer) => output.push(chunk.toString()))
    await new Promise((resolve) => child.once("close", resolve))
    expect(output.join("")).toBe(`${process.version} true\n`)
  })
})

interface Part {
  readonly digest: `sha256:${string}`
  readonly size: number
}

async function tree(root: string): Promise<string[]> {
  const { readdir } = await import("node:fs/promises")
  return (await readdir(root, { recursive: true })).sort()
}
