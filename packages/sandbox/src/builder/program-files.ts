import { execFile } from "node:child_process"
import { open } from "node:fs/promises"
import { basename, dirname } from "node:path"
import { promisify } from "node:util"

const execFileAsync = promisify(execFile)

/** A file of this machine and where it goes in an image. */
export interface PlacedFile {
  /** In the image, without a slash at the beginning. */
  readonly path: string
  readonly source: string
}

/** Programs of this machine with all libraries that they load: path in the image → file of this machine. */
export async function withLibraries(programs: readonly PlacedFile[]): Promise<Map<string, string>> {
  const files = new Map<string, string>()
  for (const { path, source } of programs) {
    files.set(path, source)
    for (const library of await librariesOf(source)) files.set(library.path, library.source)
  }
  return files
}

const standardFolder = /^\/(usr\/)?lib(32|64|x32)?(\/|$)/

/**
 * What the dynamic loader would load for a program, the loader itself included: it is asked in the way that ldd does.
 * Libraries from places that it would not search in the image go beside libc. None for a program that needs none.
 */
async function librariesOf(program: string): Promise<PlacedFile[]> {
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
