import { PassThrough, type Readable } from "node:stream"
import type { Socket } from "node:net"
import type { ExecSession } from "../../kube/node-backend.ts"
import { NodeError } from "../node.ts"
import { encodeFrame, frameKind, readFrames, writeSlowly } from "../wire/frames.ts"
import { sinkOf } from "../wire/sink.ts"
import type { ExecNews, Resize } from "../wire/requests.ts"

const none = Buffer.alloc(0)

/** The session at the other end of a connection that carries frames. */
export function remoteSession(connection: Socket): ExecSession {
  const stdout = new PassThrough()
  const stderr = new PassThrough()
  const stdin = sinkOf({
    write: (chunk) => writeSlowly(connection, encodeFrame(frameKind.stdin, chunk)),
    end: () => writeSlowly(connection, encodeFrame(frameKind.stdin, none)),
  })
  const receive = async (): Promise<number> => {
    try {
      for await (const { kind, payload } of readFrames(connection)) {
        if (kind === frameKind.stdout) await writeSlowly(stdout, payload)
        else if (kind === frameKind.stderr) await writeSlowly(stderr, payload)
        else if (kind === frameKind.exit) return (JSON.parse(payload.toString("utf8")) as ExecNews).exitCode
      }
    } catch (error) {
      throw new NodeError("NODE_GONE", `the connection to the running command broke: ${String(error)}`)
    } finally {
      stdout.end()
      stderr.end()
      stdin.destroy()
      connection.destroy()
    }
    throw new NodeError("NODE_GONE", "the connection to the running command broke before it ended")
  }
  const finish = async (): Promise<number> => {
    const code = await receive()
    await Promise.all([stdout, stderr].map(taken))
    return code
  }
  const exit = finish()
  // Who ends a session early does not ask for its exit code; its failure is no crash of the host.
  exit.catch(() => undefined)
  return {
    stdin,
    stdout,
    stderr,
    resize(columns, rows) {
      const size: Resize = { columns, rows }
      connection.write(encodeFrame(frameKind.resize, Buffer.from(JSON.stringify(size))))
    },
    kill() {
      connection.destroy()
      stdout.destroy()
      stderr.destroy()
    },
    exit,
  }
}

/** Resolves when what has come is read, or nobody reads it any more. */
function taken(stream: Readable): Promise<void> {
  return new Promise((resolve) => {
    if (stream.readableLength === 0 || stream.destroyed) return resolve()
    stream.once("end", resolve)
    stream.once("close", resolve)
  })
}
