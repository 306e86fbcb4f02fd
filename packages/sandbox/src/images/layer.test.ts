import { lstat, mkdir, readdir, readFile, readlink, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { Readable } from "node:stream"
import * as fc from "fast-check"
import tar, { type Header } from "tar-stream"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../testing/temporary.ts"
import { applyLayer } from "./layer.ts"

type Entry = Partial<Header> & { name: string; content?: string }

function layerOf(...entries: Entry[]): Readable {
  const pack = tar.pack()
  for (const { content, ...header } of entries) pack.entry({ mode: 0o644, ...header }, content ?? "")
  pack.finalize()
  return Readable.from(pack)
}

const file = (name: string, content = "", mode = 0o644): Entry => ({ name, content, mode })
const folder = (name: string, mode = 0o755): Entry => ({ name, type: "directory", mode })
const link = (name: string, linkname: string): Entry => ({ name, type: "symlink", linkname })

/** All paths below, without following links (readdir's own recursion would). */
async function tree(root: string, below = ""): Promise<string[]> {
  const entries = await readdir(join(root, below), { withFileTypes: true })
  const paths = await Promise.all(
    entries.map(async (entry) => {
      const path = join(below, entry.name)
      return entry.isDirectory() ? [path, ...(await tree(root, path))] : [path]
    }),
  )
  return paths.flat().sort()
}

describe("applyLayer", () => {
  it("makes files, folders and links with their modes and times", async () => {
    const root = await temporaryFolder()
    const mtime = new Date("2026-01-02T03:04:05Z")
    await applyLayer(
      layerOf(
        folder("bin"),
        { ...file("bin/app", "#!", 0o755), mtime },
        link("bin/alias", "app"),
        { name: "copy", type: "link", linkname: "bin/app" },
        folder("closed", 0o555),
      ),
      root,
    )
    const app = await lstat(join(root, "bin/app"))
    expect([app.mode & 0o7777, app.mtime]).toEqual([0o755, mtime])
    expect((await lstat(join(root, "copy"))).ino).toBe(app.ino)
    expect(await readlink(join(root, "bin/alias"))).toBe("app")
    expect((await lstat(join(root, "closed"))).mode & 0o777).toBe(0o755)
  })

  it("makes the folders that a layer leaves out", async () => {
    const root = await temporaryFolder()
    await applyLayer(layerOf(file("./a/b/c.txt", "x")), root)
    expect(await readFile(join(root, "a/b/c.txt"), "utf8")).toBe("x")
  })

  it("replaces a file without touching its other links, a folder by a file and a file by a folder", async () => {
    const root = await temporaryFolder()
    const other = await temporaryFolder()
    await applyLayer(layerOf(file("same", "old"), file("becomes-folder", "x"), file("becomes-file/inside", "x")), root)
    const { link: hardlink } = await import("node:fs/promises")
    await hardlink(join(root, "same"), join(other, "same"))
    await applyLayer(layerOf(file("same", "new"), folder("becomes-folder"), file("becomes-file", "y")), root)
    expect(await readFile(join(root, "same"), "utf8")).toBe("new")
    expect(await readFile(join(other, "same"), "utf8")).toBe("old")
    expect(await tree(root)).toEqual(["becomes-file", "becomes-folder", "same"])
  })

  it("removes what a whiteout names, and what lies in an opaque folder below", async () => {
    const root = await temporaryFolder()
    await applyLayer(
      layerOf(
        file("gone"),
        file("dir/gone"),
        file("dir/stays"),
        file("opaque/old"),
        file("opaque/sub/old"),
        file("opaque/sub2/old"),
      ),
      root,
    )
    await applyLayer(
      layerOf(
        file(".wh.gone"),
        file("dir/.wh.gone"),
        file("opaque/new"),
        file("opaque/sub/new"),
        file("opaque/.wh..wh..opq"),
        folder(".wh..wh.plnk"),
        file(".wh..wh.plnk/1.2"),
      ),
      root,
    )
    expect(await tree(root)).toEqual(["dir", "dir/stays", "opaque", "opaque/new", "opaque/sub", "opaque/sub/new"])
  })

  it("follows links of lower layers as a process in the container would", async () => {
    const root = await temporaryFolder()
    await applyLayer(
      layerOf(folder("usr/lib"), link("lib", "usr/lib"), link("abs", "/usr"), link("up", "../../../../usr")),
      root,
    )
    await applyLayer(layerOf(file("lib/a"), file("abs/b"), file("up/c")), root)
    expect((await tree(root)).filter((path) => path.startsWith("usr"))).toEqual([
      "usr",
      "usr/b",
      "usr/c",
      "usr/lib",
      "usr/lib/a",
    ])
    expect((await lstat(join(root, "lib"))).isSymbolicLink()).toBe(true)
  })

  it("never writes, links or deletes outside of the root", async () => {
    const outside = await temporaryFolder()
    const secret = join(outside, "secret")
    await writeFile(secret, "untouched")
    const root = join(outside, "root")
    await mkdir(root)
    for (const entries of [
      [file("../secret", "x")],
      [file("a/../../secret", "x")],
      [{ name: "l", type: "link", linkname: "../secret" } as Entry],
      [file("..wh.secret"), file("../.wh.secret")],
      [file(".wh..")],
    ]) {
      await expect(applyLayer(layerOf(...entries), root)).rejects.toThrow(/leads out of the layer|whiteout of/)
    }
    await applyLayer(
      layerOf(link("evil", outside), file("evil/secret", "x"), link("evil2", "../.."), file("evil2/secret", "x")),
      root,
    )
    await applyLayer(layerOf(file("evil/.wh.secret"), file("evil2/.wh.secret")), root)
    expect(await readFile(secret, "utf8")).toBe("untouched")
  })

  it("stays inside for any names and links at all", async () => {
    const name = fc
      .array(fc.constantFrom("a", "b", "..", ".", "", ".wh.a", ".wh..wh..opq"), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join("/"))
    const target = fc
      .array(fc.constantFrom("a", "b", "..", ""), { minLength: 1, maxLength: 4 })
      .map((parts) => parts.join("/"))
    const entry = fc.oneof(
      name.map((path): Entry => file(path, "x")),
      name.map((path): Entry => folder(path)),
      fc.tuple(name, target).map(([path, to]): Entry => link(path, to)),
      fc.tuple(name, target).map(([path, to]): Entry => ({ name: path, type: "link", linkname: to })),
    )
    const outside = await temporaryFolder()
    await writeFile(join(outside, "a"), "sentinel")
    let run = 0
    await fc.assert(
      fc.asyncProperty(fc.array(entry, { maxLength: 8 }), async (entries) => {
        const nest = join(outside, `run-${(run += 1)}`)
        const root = join(nest, "root")
        await mkdir(root, { recursive: true })
        // Many of these layers are refused; none may reach out.
        await applyLayer(layerOf(...entries), root).catch(() => undefined)
        expect(await readdir(nest)).toEqual(["root"])
        expect(await readFile(join(outside, "a"), "utf8")).toBe("sentinel")
      }),
      { numRuns: 150 },
    )
  })

  it("fails on what is no tar", async () => {
    await expect(applyLayer(Readable.from([Buffer.alloc(2_000, "x")]), await temporaryFolder())).rejects.toThrow(
      /Invalid tar header/,
    )
  })
})
