import { spawnSync } from "node:child_process"
import { lstat, mkdir, readdir, readFile, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { gzipSync } from "node:zlib"
import tar from "tar-stream"
import { describe, expect, it } from "vitest"
import { digestOf, mediaTypes } from "../oci/index.ts"
import { startRegistry, type Registry, type RegistryOptions } from "../registry/index.ts"
import { isInstalled } from "../testing/programs.ts"
import { closing, temporaryFolder } from "../testing/temporary.ts"
import { createImageStore } from "./image-store.ts"
import type { ImageStoreOptions } from "./options.ts"
import { RepositoryClient } from "./registry-client.ts"
import type { Credentials } from "./registry-session.ts"
import type { ImageStore } from "./store.ts"

const log = () => undefined
const platform = { os: "linux", architecture: "amd64" }

async function registry(options: Partial<RegistryOptions> = {}): Promise<Registry> {
  return closing(await startRegistry({ dataDir: await temporaryFolder(), log, ...options }))
}

async function storeFor(at: Registry, options: Partial<ImageStoreOptions> = {}): Promise<ImageStore> {
  const mirrors = { "docker.io": { endpoint: [at.url], rewrite: { "^library/(.*)": "$1" } } }
  return createImageStore({ dataDir: await temporaryFolder(), mirrors, platform, log, ...options })
}

async function tarOf(files: Readonly<Record<string, string>>): Promise<Buffer> {
  const pack = tar.pack()
  for (const [name, content] of Object.entries(files)) pack.entry({ name, mtime: new Date(0) }, content)
  pack.finalize()
  const chunks: Buffer[] = []
  for await (const chunk of pack) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks)
}

type Compress = (content: Buffer) => Buffer
const plain: Compress = (content) => content

interface PushOptions {
  readonly tag?: string
  readonly compress?: Compress
  readonly config?: object
  readonly architecture?: string
  readonly credentials?: Credentials
  /** Breaks what the configuration says of the layers. */
  readonly diffIds?: readonly string[]
}

async function push(
  at: Registry,
  repository: string,
  layers: Buffer[],
  options: PushOptions = {},
): Promise<{ digest: string; size: number }> {
  const {
    tag = "1",
    compress = plain,
    config = {},
    architecture = "amd64",
    credentials,
    diffIds = layers.map((layer) => digestOf(layer)),
  } = options
  const client = new RepositoryClient(at.url, repository, credentials)
  const { Readable } = await import("node:stream")
  const blob = async (mediaType: string, content: Buffer) => {
    const digest = digestOf(content)
    await client.pushBlob(digest, content.length, () => Readable.from([content]))
    return { mediaType, digest, size: content.length }
  }
  const configuration = Buffer.from(
    JSON.stringify({ os: "linux", architecture, config, rootfs: { type: "layers", diff_ids: diffIds } }),
  )
  const manifest = {
    schemaVersion: 2,
    mediaType: mediaTypes.manifest,
    config: await blob(mediaTypes.config, configuration),
    layers: await Promise.all(layers.map((layer) => blob(mediaTypes.layer, compress(layer)))),
  }
  const content = Buffer.from(JSON.stringify(manifest))
  return { digest: await client.pushManifest(tag, mediaTypes.manifest, content), size: content.length }
}

const zstd: Compress = (content) => spawnSync("zstd", ["-q", "-c"], { input: content, maxBuffer: 1 << 26 }).stdout

describe("pull", () => {
  it("brings the root file system and what the image says about running it", async () => {
    const at = await registry()
    const config = {
      Entrypoint: ["/app"],
      Cmd: ["--port", "9898"],
      Env: ["A=b"],
      WorkingDir: "/srv",
      User: "1000",
      Labels: { v: "1" },
      ExposedPorts: { "9898/tcp": {} },
    }
    const { digest } = await push(
      at,
      "podinfo",
      [await tarOf({ "app/a": "one", "app/b": "one" }), await tarOf({ "app/a": "two", "app/.wh.b": "" })],
      { tag: "0.1.0", config },
    )
    const store = await storeFor(at)
    const image = await store.pull("podinfo:0.1.0")
    expect(image).toEqual({
      ref: "podinfo:0.1.0",
      digest,
      rootfs: expect.any(String),
      config: {
        entrypoint: ["/app"],
        cmd: ["--port", "9898"],
        env: ["A=b"],
        workingDir: "/srv",
        user: "1000",
        labels: { v: "1" },
        exposedPorts: ["9898/tcp"],
      },
    })
    expect(await readFile(join(image.rootfs, "app/a"), "utf8")).toBe("two")
    expect(await readdir(join(image.rootfs, "app"))).toEqual(["a"])
    expect(store.local("docker.io/library/podinfo:0.1.0")).toMatchObject({
      ref: "docker.io/library/podinfo:0.1.0",
      digest,
    })
    expect(store.local(`podinfo@${digest}`)?.rootfs).toBe(image.rootfs)
    expect(store.local("podinfo:0.2.0")).toBeUndefined()
  })

  it.each([["gzip", gzipSync as Compress], ...(isInstalled("zstd") ? [["zstd", zstd] as [string, Compress]] : [])])(
    "unpacks layers compressed with %s",
    async (_name, compress) => {
      const at = await registry()
      const content = "compressible ".repeat(50_000)
      await push(at, "app", [await tarOf({ big: content })], { compress })
      const image = await (await storeFor(at)).pull("app:1")
      expect(await readFile(join(image.rootfs, "big"), "utf8")).toBe(content)
    },
  )

  it("shares what images have in common", async () => {
    const at = await registry()
    const base = await tarOf({ "bin/node": "a large program" })
    await push(at, "app", [base, await tarOf({ app: "one" })], { tag: "1" })
    await push(at, "app", [base, await tarOf({ app: "two" })], { tag: "2" })
    const store = await storeFor(at)
    const [one, two] = await Promise.all([store.pull("app:1"), store.pull("app:2")])
    const inode = async (root: string) => (await lstat(join(root, "bin/node"))).ino
    expect(await inode(one.rootfs)).toBe(await inode(two.rootfs))
    expect(await readFile(join(one.rootfs, "app"), "utf8")).toBe("one")
  })

  it("follows a tag that has moved, and finds what it has again after a restart without a network", async () => {
    const at = await registry()
    const dataDir = await temporaryFolder()
    const mirrors = { "docker.io": { endpoint: [at.url], rewrite: { "^library/": "" } } }
    const store = await createImageStore({ dataDir, mirrors, platform, log })
    await push(at, "app", [await tarOf({ v: "one" })])
    const first = await store.pull("app:1")
    const { digest } = await push(at, "app", [await tarOf({ v: "two" })])
    const second = await store.pull("app:1")
    expect([second.digest, await readFile(join(second.rootfs, "v"), "utf8")]).toEqual([digest, "two"])
    expect(await readFile(join(first.rootfs, "v"), "utf8")).toBe("one")
    const offline = await createImageStore({
      dataDir,
      mirrors: { "docker.io": { endpoint: ["http://127.0.0.1:1"] } },
      platform,
      log,
    })
    expect(offline.local("app:1")).toEqual(second)
    expect(offline.local(`app@${first.digest}`)?.rootfs).toBe(first.rootfs)
  })

  it("takes this platform's image from an index, and says when there is none", async () => {
    const at = await registry()
    const manifests = await Promise.all(
      ["arm64", "amd64"].map(async (architecture) => {
        const pushed = await push(at, "app", [await tarOf({ arch: architecture })], { tag: architecture, architecture })
        return { mediaType: mediaTypes.manifest, platform: { os: "linux", architecture }, ...pushed }
      }),
    )
    const index = Buffer.from(JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes.index, manifests }))
    const digest = await new RepositoryClient(at.url, "app").pushManifest("multi", mediaTypes.index, index)
    const image = await (await storeFor(at)).pull("app:multi")
    expect([image.digest, await readFile(join(image.rootfs, "arch"), "utf8")]).toEqual([digest, "amd64"])
    const elsewhere = await storeFor(at, { platform: { os: "linux", architecture: "s390x" } })
    await expect(elsewhere.pull("app:multi")).rejects.toThrow(
      /NotFound .* no match for platform in manifest \(linux\/s390x\)/,
    )
  })

  it("proves who it is where that is asked for", async () => {
    const users = [{ name: "ci", password: "secret", access: "push" }] as const
    for (const scheme of ["basic", "bearer"] as const) {
      const at = await registry({ auth: { scheme, users, anonymousPull: false } })
      const credentials = { username: "ci", password: "secret" }
      await push(at, "team/app", [await tarOf({ a: "x" })], { credentials })
      const store = await storeFor(at)
      const ref = `${at.host}/team/app:1`
      await expect(store.pull(ref)).rejects.toMatchObject({
        reason: "ErrImagePull",
        message: expect.stringContaining("pull access denied"),
      })
      await expect(store.pull(ref, new Map([[at.host, { username: "ci", password: "wrong" }]]))).rejects.toThrow(
        /401 Unauthorized/,
      )
      expect((await store.pull(ref, new Map([[at.host, credentials]]))).ref).toBe(ref)
    }
  })
})

describe("a push", () => {
  it.each(["basic", "bearer"] as const)("mounts what another repository has, with %s credentials", async (scheme) => {
    const users = [{ name: "ci", password: "secret", access: "push" }] as const
    const at = await registry({ auth: { scheme, users, anonymousPull: false } })
    const credentials = { username: "ci", password: "secret" }
    const layer = await tarOf({ a: "x" })
    await push(at, "base", [layer], { credentials })
    const client = new RepositoryClient(at.url, "app", credentials)
    expect(await client.mountBlob(digestOf(layer), "base")).toBe(true)
    expect(await client.hasBlob(digestOf(layer))).toBe(true)
    expect(await client.mountBlob(digestOf("none"), "base")).toBe(false)
  })
})

describe("a pull that fails", () => {
  it("says so as the kubelet and containerd do", async () => {
    const at = await registry()
    const store = await storeFor(at)
    const whole = "docker.io/library/podinfo:9.9.9"
    await expect(store.pull("podinfo:9.9.9")).rejects.toMatchObject({
      reason: "ErrImagePull",
      message: `rpc error: code = NotFound desc = failed to pull and unpack image "${whole}": failed to resolve reference "${whole}": ${whole}: not found`,
    })
    await expect(store.pull("PodInfo:1")).rejects.toMatchObject({
      reason: "InvalidImageName",
      message: `Failed to apply default image tag "PodInfo:1": couldn't parse image name "PodInfo:1": invalid reference format: repository name (library/PodInfo) must be lowercase`,
    })
    await expect(store.pull("127.0.0.1:1/app:1")).rejects.toThrow(
      'failed to do request: Head "http://127.0.0.1:1/v2/app/manifests/1": dial tcp 127.0.0.1:1: connect: connection refused',
    )
  })

  it("leaves nothing behind of layers that are not what they should be", async () => {
    const at = await registry()
    const good = await tarOf({ a: "x" })
    await push(at, "wrong-diff", [good], { diffIds: [digestOf("other")] })
    await push(at, "no-tar", [Buffer.alloc(2_000, "x")])
    await push(at, "cut", [good], { compress: (content) => gzipSync(content).subarray(0, 30) })
    await push(at, "escape", [await tarOf({ "../a": "x" })])
    const dataDir = await temporaryFolder()
    const store = await storeFor(at, { dataDir })
    await expect(store.pull("wrong-diff:1")).rejects.toThrow(/wrong diff id .*failed precondition/)
    await expect(store.pull("no-tar:1")).rejects.toThrow(/failed to extract layer .*Invalid tar header/)
    await expect(store.pull("cut:1")).rejects.toThrow(/failed to extract layer .*unexpected end of file/)
    await expect(store.pull("escape:1")).rejects.toThrow(/failed to extract layer .*leads out of the layer/)
    expect(await readdir(join(dataDir, "snapshots"))).toEqual([])
    expect(store.local("escape:1")).toBeUndefined()
  })

  it("is over when the registry is back", async () => {
    const dataDir = await temporaryFolder()
    const first = await startRegistry({ dataDir, log })
    await push(first, "app", [await tarOf({ a: "x" })])
    const store = await storeFor(first)
    await first.close()
    await expect(store.pull("app:1")).rejects.toThrow(/connection refused/)
    await registry({ dataDir, port: first.port })
    expect((await store.pull("app:1")).ref).toBe("app:1")
  })
})

it("what a crash left unfinished is removed at the next start", async () => {
  const dataDir = await temporaryFolder()
  await mkdir(join(dataDir, "snapshots", ".half"), { recursive: true })
  await writeFile(join(dataDir, "snapshots", ".half", "file"), "x")
  await createImageStore({ dataDir, mirrors: {}, platform, log })
  expect(await readdir(join(dataDir, "snapshots"))).toEqual([])
})
