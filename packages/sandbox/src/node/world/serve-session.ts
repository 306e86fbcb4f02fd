import type { Readable } from "node:stream"
import type { Socket } from "node:net"
import { encodeFrame, frameKind, readFrames, writeSlowly, type FrameKind } from "../wire/frames.ts"
import type { ExecNews, Resize } from "../wire/requests.ts"
import type { Program } from "./program.ts"

/** Carries a program's streams over a connection until it ends, or the other side goes away, which kills it. */
export async function serveSession(connection: Socket, program: Program): Promise<void> {
  connection.once("close", () => program.kill("SIGKILL"))
  const received = receive(connection, program)
  await Promise.all([
    send(connection, frameKind.stdout, program.stdout),
    send(connection, frameKind.stderr, program.stderr),
  ])
  const news: ExecNews = { exitCode: (await program.exit).exitCode }
  connection.end(encodeFrame(frameKind.exit, Buffer.from(JSON.stringify(news))))
  await received
}

async function send(connection: Socket, kind: FrameKind, from: Readable): Promise<void> {
  for await (const chunk of from) await writeSlowly(connection, encodeFrame(kind, chunk as Buffer))
}

async function receive(connection: Socket, program: Program): Promise<void> {
  try {
    for await (const { kind, payload } of readFrames(connection)) {
      if (kind === frameKind.resize) {
        const { columns, rows } = JSON.parse(payload.toString("utf8")) as Resize
        program.resize(columns, rows)
      } else if (kind === frameKind.stdin) {
        if (payload.length === 0) program.stdin?.end()
        else if (program.stdin !== undefined) await writeSlowly(program.stdin, payload)
      }
    }
  } catch (error) {
    // The other side is gone; the close of the connection does the rest.
    if ((error as NodeJS.ErrnoException).code !== "ERR_STREAM_PREMATURE_CLOSE") connection.destroy()
  }
}
