import type { RawData, WebSocket } from "ws"
import { ApiError } from "../client.ts"
import { statusOf } from "../errors.ts"
import type { ExecSession } from "../node-backend.ts"
import { flow, toBuffer } from "./flow.ts"

/** Channels of `v4.channel.k8s.io` and `v5.channel.k8s.io`: the first byte of each message. */
const channels = { stdin: 0, stdout: 1, stderr: 2, error: 3, resize: 4, close: 255 } as const

/** Joins a running command and a WebSocket: streams, terminal size, closing of stdin (v5), and at the end a Status on channel 3. */
export function serveExec(websocket: WebSocket, starting: Promise<ExecSession>): void {
  const send = (channel: number, data: Buffer | string): void => {
    if (websocket.readyState === websocket.OPEN)
      websocket.send(Buffer.concat([Buffer.from([channel]), Buffer.from(data)]))
  }
  const finish = (status: unknown): void => {
    send(channels.error, JSON.stringify(status))
    websocket.close(1000)
  }
  const early: Buffer[] = []
  let session: ExecSession | undefined
  let closed = false

  const take = (message: Buffer): void => {
    if (session === undefined) {
      early.push(message)
      return
    }
    const data = message.subarray(1)
    switch (message[0]) {
      case channels.stdin:
        session.stdin.write(data)
        return
      case channels.resize:
        return resize(session, data)
      case channels.close:
        if (data[0] === channels.stdin) session.stdin.end()
        return
      default:
    }
  }

  websocket.on("message", (message: RawData) => take(toBuffer(message)))
  websocket.on("close", () => {
    closed = true
    session?.kill()
  })
  starting.then(
    (started) => {
      session = started
      if (closed) return started.kill()
      // A program that has closed its stdin does not mind what else is sent to it.
      started.stdin.on("error", () => undefined)
      for (const message of early.splice(0)) take(message)
      flow(websocket, started.stdout, (chunk) => send(channels.stdout, chunk))
      flow(websocket, started.stderr, (chunk) => send(channels.stderr, chunk))
      started.exit.then(
        (code) => finish(exitStatus(code)),
        (error: unknown) => finish(failureStatus(error)),
      )
    },
    (error: unknown) => finish(failureStatus(error)),
  )
}

function resize(session: ExecSession, data: Buffer): void {
  try {
    const { Width, Height } = JSON.parse(data.toString("utf8")) as { Width?: unknown; Height?: unknown }
    if (typeof Width === "number" && typeof Height === "number" && Width > 0 && Height > 0)
      session.resize(Width, Height)
  } catch {
    // A size that cannot be read changes nothing; the next one will.
  }
}

function exitStatus(code: number): unknown {
  if (code === 0) return { metadata: {}, status: "Success" }
  return {
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: error executing command, exit code ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  }
}

function failureStatus(error: unknown): unknown {
  return statusOf(
    error instanceof ApiError
      ? error
      : new ApiError(500, "InternalError", error instanceof Error ? error.message : String(error)),
  )
}
