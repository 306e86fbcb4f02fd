import { spawn } from "node:child_process"
import { describe, expect, it } from "vitest"
import { RepositoryClient } from "../images/index.ts"
import { isInstalled } from "../testing/programs.ts"
import { world, succeeded, type Part, tree, forLargeImages } from "./testing.ts"

describe("the base image", () => {
  it("is made of the Node that runs here, and is the same each time", forLargeImages, async () => {
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

  it.skipIf(!isInstalled("unshare", "-r", "true"))("runs in a root of its own", forLargeImages, async () => {
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
