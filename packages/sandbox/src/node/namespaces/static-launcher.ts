/** Where the file is loaded; code and data need no relocation. */
const base = 0x400000
const headerBytes = 64 + 56
const pointerBytes = 8

/**
 * A static executable for x86-64 Linux of some hundred bytes that does one thing: it runs `command` with its own further
 * arguments behind, in the environment that it was given. It needs no shell, loader or library where it runs, which is
 * what makes it fit for images that have none.
 */
export function staticLauncher(command: readonly string[]): Buffer {
  const code = launcherCode(0, 0).length
  const table = base + headerBytes + code
  const strings = table + command.length * pointerBytes
  const pointers = Buffer.alloc(command.length * pointerBytes)
  const texts = command.map((word) => Buffer.from(`${word}\0`))
  let at = strings
  for (const [index, text] of texts.entries()) {
    pointers.writeBigUInt64LE(BigInt(at), index * pointerBytes)
    at += text.length
  }
  const content = Buffer.concat([launcherCode(table, command.length), pointers, ...texts])
  return Buffer.concat([elfHeader(), programHeader(headerBytes + content.length), content])
}

/** `table` is the address of `count` pointers to the command's words. */
function launcherCode(table: number, count: number): Buffer {
  const table64 = Buffer.alloc(8)
  table64.writeBigUInt64LE(BigInt(table))
  const count32 = Buffer.alloc(4)
  count32.writeUInt32LE(count)
  return Buffer.concat([
    // At the start the stack holds argc, argv[0] … argv[argc] = 0, and then the environment.
    Buffer.from("4c8b0424", "hex"), // mov r8, [rsp]
    Buffer.from("4c8d4c2408", "hex"), // lea r9, [rsp+8]
    Buffer.from("4b8d54c108", "hex"), // lea rdx, [r9+r8*8+8]      the environment
    // Room for the words, argv[1] … and the 0 behind.
    Buffer.from("48be", "hex"), // mov rsi, table
    table64,
    Buffer.from("b9", "hex"), // mov ecx, count
    count32,
    Buffer.from("4a8d0401", "hex"), // lea rax, [rcx+r8]
    Buffer.from("48c1e003", "hex"), // shl rax, 3
    Buffer.from("4829c4", "hex"), // sub rsp, rax
    Buffer.from("4889e7", "hex"), // mov rdi, rsp
    Buffer.from("f348a5", "hex"), // rep movsq                  the words
    Buffer.from("498d7108", "hex"), // lea rsi, [r9+8]
    Buffer.from("4c89c1", "hex"), // mov rcx, r8
    Buffer.from("f348a5", "hex"), // rep movsq                  argv[1] … 0
    Buffer.from("488b3c24", "hex"), // mov rdi, [rsp]
    Buffer.from("4889e6", "hex"), // mov rsi, rsp
    Buffer.from("b83b0000000f05", "hex"), // execve(rdi, rsi, rdx)
    Buffer.from("bf7f000000b83c0000000f05", "hex"), // exit(127)
  ])
}

function elfHeader(): Buffer {
  const header = Buffer.alloc(64)
  // 64 bits, little endian, version 1.
  Buffer.from("7f454c46020101", "hex").copy(header)
  header.writeUInt16LE(2, 16) // executable
  header.writeUInt16LE(0x3e, 18) // x86-64
  header.writeUInt32LE(1, 20)
  header.writeBigUInt64LE(BigInt(base + headerBytes), 24) // entry
  header.writeBigUInt64LE(64n, 32) // program headers
  header.writeUInt16LE(64, 52)
  header.writeUInt16LE(56, 54)
  header.writeUInt16LE(1, 56)
  return header
}

/** The whole file, readable and executable. */
function programHeader(size: number): Buffer {
  const header = Buffer.alloc(56)
  header.writeUInt32LE(1, 0)
  header.writeUInt32LE(5, 4)
  header.writeBigUInt64LE(BigInt(base), 16)
  header.writeBigUInt64LE(BigInt(base), 24)
  header.writeBigUInt64LE(BigInt(size), 32)
  header.writeBigUInt64LE(BigInt(size), 40)
  header.writeBigUInt64LE(0x1000n, 48)
  return header
}
