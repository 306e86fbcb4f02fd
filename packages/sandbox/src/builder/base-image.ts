import { realpath, stat } from "node:fs/promises"
import { hostPlatform } from "../images/index.ts"
import { emptyImage, withConfig, withLayer, type Image } from "./image/image.ts"
import { writeLayer, type LayerEntry } from "./image/layer-writer.ts"
import { withLibraries, type PlacedFile } from "./program-files.ts"

/** The reference that stands for the image made here. */
export const baseImageReference = "docker.io/library/node:20"

/** One time for all, so that the image depends on the programs in it only. */
const at = new Date("2000-01-01T00:00:00Z")

const text = (path: string, content: string): LayerEntry => ({ kind: "text", path, mode: 0o644, text: content })
const folder = (path: string, mode = 0o755): LayerEntry => ({ kind: "folder", path, mode })

/** What programs expect to find; runtimes put their own resolv.conf, hosts and hostname over the empty ones. */
const skeleton: readonly LayerEntry[] = [
  ...[
    "bin",
    "dev",
    "etc",
    "home",
    "lib",
    "lib64",
    "proc",
    "run",
    "srv",
    "sys",
    "usr",
    "usr/bin",
    "usr/lib",
    "usr/local",
  ].map((path) => folder(path)),
  folder("usr/local/bin"),
  folder("var"),
  folder("home/node"),
  folder("root", 0o700),
  folder("tmp", 0o1777),
  text(
    "etc/passwd",
    "root:x:0:0:root:/root:/bin/sh\nnode:x:1000:1000:node:/home/node:/bin/sh\nnobody:x:65534:65534:nobody:/:/bin/false\n",
  ),
  text("etc/group", "root:x:0:\nnode:x:1000:\nnogroup:x:65534:\n"),
  text("etc/nsswitch.conf", "hosts: files dns\n"),
  text("etc/hosts", ""),
  text("etc/hostname", ""),
  text("etc/resolv.conf", ""),
]

/**
 * An image of the Node that runs here: its binary and the libraries it loads, a shell where this machine has one, and the
 * files that programs expect. Two machines with the same Node and libraries make the same image.
 */
export async function makeBaseImage(layersFolder: string, nodePath: string, nodeVersion: string): Promise<Image> {
  const programs = [{ path: "usr/local/bin/node", source: nodePath }, ...(await shell())]
  const files = await withLibraries(programs)
  const entries = await Promise.all(
    [...files].map(async ([path, source]): Promise<LayerEntry> => {
      const file = await realpath(source)
      const { size } = await stat(file)
      return { kind: "file", path, mode: 0o755, size, file }
    }),
  )
  const parents = entries.flatMap(({ path }) => parentsOf(path)).map((path) => folder(path))
  const layer = await writeLayer([...parents, ...skeleton, ...entries], at, layersFolder)
  const platform = process.platform === "linux" ? hostPlatform() : { ...hostPlatform(), os: process.platform }
  const image = withLayer(emptyImage(platform), layer, "node and the libraries it loads", at)
  const Env = [
    "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
    `NODE_VERSION=${nodeVersion.replace(/^v/, "")}`,
  ]
  return withConfig(image, { Env, Cmd: ["node"], WorkingDir: "/" }, "CMD node", at)
}

async function shell(): Promise<PlacedFile[]> {
  const found = await stat("/bin/sh").catch(() => undefined)
  return found?.isFile() === true ? [{ path: "bin/sh", source: "/bin/sh" }] : []
}

function parentsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"))
}
