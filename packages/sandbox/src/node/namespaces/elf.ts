import { open } from "node:fs/promises"

const interpreterHeader = 3

/** The loader that a dynamically linked 64-bit ELF file asks for (PT_INTERP); undefined for anything else. */
export async function interpreterOf(path: string): Promise<string | undefined> {
  const file = await open(path, "r")
  try {
    const header = await read(64, 0)
    if (header.toString("latin1", 0, 4) !== "\u007fELF" || header.readUInt8(4) !== 2) return undefined
    const [at, size, count] = [Number(header.readBigUInt64LE(32)), header.readUInt16LE(54), header.readUInt16LE(56)]
    for (let index = 0; index < count; index++) {
      const program = await read(size, at + index * size)
      if (program.readUInt32LE(0) !== interpreterHeader) continue
      const text = await read(Number(program.readBigUInt64LE(32)), Number(program.readBigUInt64LE(8)))
      return text.toString("latin1").replace(/\0.*$/s, "")
    }
    return undefined
  } finally {
    await file.close()
  }

  async function read(length: number, position: number): Promise<Buffer> {
    const buffer = Buffer.alloc(length)
    await file.read(buffer, 0, length, position)
    return buffer
  }
}
