import { execFile } from "node:child_process"
import { open, realpath, stat } from "node:fs/promises"
import { basename, dirname } from "node:path"
import { promisify } from "node:util"
import { hostPlatform } from "../images/index.ts"
import { emptyImage, withConfig, withLayer, type Image } from "./image/image.ts"
import { writeLayer, type LayerEntry } from "./image/layer-writer.ts"

const execFileAsync = promisify(execFile)

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
  const files = new Map<string, string>()
  for (const { path, source } of programs) {
    files.set(path, source)
    for (const library of await librariesOf(source)) files.set(library.path, library.source)
  }
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

async function shell(): Promise<{ path: string; source: string }[]> {
  const found = await stat("/bin/sh").catch(() => undefined)
  return found?.isFile() === true ? [{ path: "bin/sh", source: "/bin/sh" }] : []
}

interface Library {
  /** In the image. */
  readonly path: string
  readonly source: string
}

const standardFolder = /^\/(usr\/)?lib(32|64|x32)?(\/|$)/

/**
 * What the dynamic loader would load for a program, the loader itself included: it is asked in the way that ldd does.
 * Libraries from places that it would not search in the image go beside libc. None for a program that needs none.
 */
async function librariesOf(program: string): Promise<Library[]> {
  const interpreter = await interpreterOf(program)
  if (interpreter === undefined) return []
  const { stdout } = await execFileAsync(interpreter, ["--list", program], { timeout: 10_000 })
  const sources = [...stdout.matchAll(/(?:=>\s*|^\s*)(\/\S+)\s+\(0x/gm)].map(([, path = ""]) => path)
  const libc = sources.find((path) => /^(ld-)?(libc|musl)[.-]/.test(basename(path))) ?? interpreter
  const placed = sources
    .filter((path) => path !== interpreter)
    .map((source) => ({ source, path: standardFolder.test(source) ? source : `${dirname(libc)}/${basename(source)}` }))
  return [...placed, { source: interpreter, path: interpreter }].map(({ source, path }) => ({
    source,
    path: path.slice(1),
  }))
}

/** The loader that an ELF program names in its header; undefined when it is static or no 64-bit ELF program. */
async function interpreterOf(program: string): Promise<string | undefined> {
  const handle = await open(program)
  try {
    const { buffer: bytes } = await handle.read(Buffer.alloc(headerBytes), 0, headerBytes, 0)
    if (bytes.readUInt32BE(0) !== 0x7f454c46 || bytes[4] !== 2 || bytes[5] !== 1) return undefined
    const [tableAt, entrySize, entries] = [
      Number(bytes.readBigUInt64LE(32)),
      bytes.readUInt16LE(54),
      bytes.readUInt16LE(56),
    ]
    for (let header = tableAt; header < tableAt + entries * entrySize; header += entrySize) {
      if (bytes.readUInt32LE(header) !== interpreterSegment) continue
      const offset = Number(bytes.readBigUInt64LE(header + 8))
      const size = Number(bytes.readBigUInt64LE(header + 32))
      return bytes.toString("latin1", offset, offset + size).replace(/\0.*$/s, "")
    }
    return undefined
  } finally {
    await handle.close()
  }
}

/** The program headers and the name of the interpreter lie at the beginning of the file. */
const headerBytes = 16_384
/** PT_INTERP */
const interpreterSegment = 3

function parentsOf(path: string): string[] {
  const parts = path.split("/").slice(0, -1)
  return parts.map((_, index) => parts.slice(0, index + 1).join("/"))
}
