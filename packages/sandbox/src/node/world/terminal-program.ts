import { Readable, Writable } from "node:stream"
import type { Exit } from "../node.ts"
import type { Command } from "./program.ts"
import type { Spawned } from "./piped-program.ts"

/**
 * What a slow reader may leave waiting here. Only past it the terminal is paused: the library closes a terminal 0.2 s
 * after its program's end, with what has not been read by then.
 */
const waiting = 8 * 1024 * 1024

/** Starts a command on a terminal of its own, 80 columns by 24 rows until `resize`. */
export async function spawnOnTerminal(command: Command): Promise<Spawned> {
  // Loaded here, for it is native code that most worlds never need.
  const { spawn } = await import("@lydell/node-pty")
  const terminal = spawn(command.file, [...command.args], {
    name: command.env["TERM"] ?? "xterm",
    cols: 80,
    rows: 24,
    env: { ...command.env },
    encoding: null,
    ...(command.cwd === undefined ? {} : { cwd: command.cwd }),
  })
  // With `encoding: null` data are bytes both ways; the library's types know strings only.
  const stdout = new Readable({ highWaterMark: waiting, read: () => terminal.resume() })
  terminal.onData((data) => {
    if (!stdout.push(data)) terminal.pause()
  })
  const stdin = new Writable({
    write(chunk: Buffer, _encoding, done) {
      terminal.write(chunk as unknown as string)
      done()
    },
  })
  const exit = new Promise<Exit>((resolve) => {
    terminal.onExit(({ exitCode, signal }) => {
      stdout.push(null)
      stdin.destroy()
      resolve({ exitCode: signal === undefined || signal === 0 ? exitCode : 128 + signal })
    })
  })
  return {
    pid: terminal.pid,
    stdin,
    stdout,
    stderr: Readable.from([]),
    resize: (columns, rows) => {
      if (columns > 0 && rows > 0) terminal.resize(columns, rows)
    },
    exit,
  }
}
