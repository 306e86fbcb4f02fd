import { spawn } from "node:child_process"
import { once } from "node:events"
import { createServer as createHttpServer } from "node:http"
import { connect, createServer, type AddressInfo, type Server } from "node:net"
import { createDeflate, constants } from "node:zlib"
import { afterEach, expect, test } from "vitest"
import { WebSocket, WebSocketServer } from "ws"
import type { ExecSession, NodeBackend } from "../node-backend.ts"
import { servePortForward } from "./port-forward.ts"
import { spdyDictionary } from "./spdy-dictionary.ts"
import { handleStreamingUpgrade } from "./upgrade.ts"

const servers: Server[] = []
afterEach(() => servers.splice(0).forEach((server) => server.close()))

/** Runs commands as plain processes and forwards to loopback: the streams are real, the pod is this machine. */
const backend: NodeBackend = {
  logs: () => Promise.reject(new Error("not asked for here")),
  attach: () => Promise.reject(new Error("not asked for here")),
  exec: (_pod, { command }): Promise<ExecSession> => {
    const [program = "", ...args] = command
    const child = spawn(program, args, { stdio: "pipe" })
    return Promise.resolve({
      stdin: child.stdin,
      stdout: child.stdout,
      stderr: child.stderr,
      resize: () => undefined,
      kill: () => child.kill(),
      exit: once(child, "close").then(([code]) => Number(code)),
    })
  },
  portForward: async (_pod, port) => {
    const socket = connect(port, "127.0.0.1")
    await once(socket, "connect")
    return socket
  },
}

async function listen(server: Server): Promise<number> {
  servers.push(server)
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return (server.address() as AddressInfo).port
}

/** A client that has agreed on port-forwarding already: how the protocol's name is agreed on is kubectl's to judge. */
async function openPortForward(): Promise<WebSocket> {
  const acceptor = new WebSocketServer({ noServer: true })
  const server = createHttpServer()
  server.on("upgrade", (request, socket, head) =>
    acceptor.handleUpgrade(request, socket, head, (websocket) =>
      servePortForward(websocket, { namespace: "test", name: "web" }, backend),
    ),
  )
  const websocket = new WebSocket(`ws://127.0.0.1:${await listen(server)}/`)
  await once(websocket, "open")
  return websocket
}

interface Message {
  readonly channel: number
  readonly text: string
}

async function run(query: string, send: (websocket: WebSocket) => void): Promise<Message[]> {
  const server = createHttpServer()
  server.on("upgrade", (request, socket, head) =>
    handleStreamingUpgrade({
      request,
      socket,
      head,
      subresource: "exec",
      backend,
      pod: { namespace: "test", name: "web" },
      query: new URL(request.url ?? "", "http://x").searchParams,
      defaultContainer: "app",
    }),
  )
  const websocket = new WebSocket(`ws://127.0.0.1:${await listen(server)}/?${query}`, ["v5.channel.k8s.io"])
  const messages: Message[] = []
  websocket.on("message", (data: Buffer) =>
    messages.push({ channel: data[0] ?? -1, text: data.subarray(1).toString() }),
  )
  await once(websocket, "open")
  expect(websocket.protocol).toBe("v5.channel.k8s.io")
  send(websocket)
  await once(websocket, "close")
  return messages
}

const textOf = (messages: readonly Message[], channel: number): string =>
  messages
    .filter((message) => message.channel === channel)
    .map(({ text }) => text)
    .join("")

test("output and errors come on their channels, the exit code as a Status on channel 3", async () => {
  const messages = await run(
    `command=sh&command=-c&command=${encodeURIComponent("echo out; echo err >&2; exit 7")}`,
    () => undefined,
  )
  expect(textOf(messages, 1)).toBe("out\n")
  expect(textOf(messages, 2)).toBe("err\n")
  expect(JSON.parse(textOf(messages, 3))).toMatchObject({
    status: "Failure",
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: "7" }] },
  })
})

test("stdin is passed on and its end closes the program's stdin", async () => {
  const messages = await run("command=cat&stdin=true", (websocket) => {
    websocket.send(Buffer.from("\u0000hello"))
    websocket.send(Buffer.from([255, 0]))
  })
  expect(textOf(messages, 1)).toBe("hello")
  expect(JSON.parse(textOf(messages, 3))).toMatchObject({ status: "Success" })
})

test("much output arrives whole", async () => {
  const messages = await run("command=sh&command=-c&command=head -c 5000000 /dev/zero", () => undefined)
  expect(textOf(messages, 1)).toHaveLength(5_000_000)
})

test("a command that cannot be started is told as a failure", async () => {
  const failing = await run("command=/no/such/program", () => undefined)
  expect(JSON.parse(textOf(failing, 3))).toMatchObject({ status: "Failure" })
})

test("a client with the old SPDY upgrade only is told which kubectl it needs", async () => {
  const server = createHttpServer()
  const refused = new Promise((resolve) => {
    server.on("upgrade", (request, socket, head) => {
      const streaming = { request, socket, head, backend, pod: { namespace: "a", name: "b" }, defaultContainer: "" }
      try {
        handleStreamingUpgrade({ ...streaming, subresource: "exec", query: new URLSearchParams() })
      } catch (error) {
        resolve(error)
      } finally {
        socket.destroy()
      }
    })
  })
  const socket = connect(await listen(server), "127.0.0.1")
  socket.write("GET / HTTP/1.1\r\nhost: x\r\nconnection: upgrade\r\nupgrade: SPDY/3.1\r\n\r\n")
  expect(await refused).toMatchObject({ code: 400, message: expect.stringContaining("kubectl 1.31 or newer") })
})

test("forwarded bytes arrive intact in both directions", async () => {
  const echo = createServer({ allowHalfOpen: true }, (socket) => void socket.pipe(socket))
  const port = await listen(echo)
  const websocket = await openPortForward()
  const peer = new SpdyPeer(websocket)
  await peer.open(1, { streamtype: "error", port: String(port), requestid: "0" })
  await peer.open(3, { streamtype: "data", port: String(port), requestid: "0" })
  const sent = Buffer.alloc(3_000_000, "serin ")
  for (let at = 0; at < sent.length; at += 60_000)
    peer.data(3, sent.subarray(at, at + 60_000), at + 60_000 >= sent.length)
  expect((await peer.all(3)).equals(sent)).toBe(true)
  websocket.close()
})

/** The client's side of SPDY/3.1, written down here once more so that reader and writer are not judged by themselves. */
class SpdyPeer {
  readonly #websocket: WebSocket
  readonly #deflate = createDeflate({ dictionary: spdyDictionary })
  readonly #received = new Map<number, { chunks: Buffer[]; done: () => void; finished: Promise<void> }>()
  #rest = Buffer.alloc(0)

  constructor(websocket: WebSocket) {
    this.#websocket = websocket
    websocket.on("message", (message: Buffer) => this.#take(message))
  }

  async open(stream: number, headers: Record<string, string>): Promise<void> {
    let done: () => void = () => undefined
    const finished = new Promise<void>((resolve) => (done = resolve))
    this.#received.set(stream, { chunks: [], done, finished })
    const text = (value: string): Buffer => Buffer.concat([int(value.length), Buffer.from(value)])
    const entries = Object.entries(headers)
    const plain = Buffer.concat([int(entries.length), ...entries.flatMap(([name, value]) => [text(name), text(value)])])
    const output: Buffer[] = []
    const take = (chunk: Buffer): void => void output.push(chunk)
    this.#deflate.on("data", take)
    await new Promise<void>((resolve) =>
      this.#deflate.write(plain, () => this.#deflate.flush(constants.Z_SYNC_FLUSH, resolve)),
    )
    this.#deflate.off("data", take)
    const body = Buffer.concat([int(stream), int(0), Buffer.from([0, 0]), ...output])
    this.#websocket.send(Buffer.concat([Buffer.from([0x80, 3, 0, 1]), int(body.length), body]))
  }

  data(stream: number, data: Buffer, last: boolean): void {
    this.#websocket.send(Buffer.concat([int(stream), int(data.length | (last ? 1 << 24 : 0)), data]))
  }

  async all(stream: number): Promise<Buffer> {
    const received = this.#received.get(stream)
    await received?.finished
    return Buffer.concat(received?.chunks ?? [])
  }

  #take(message: Buffer): void {
    this.#rest = Buffer.concat([this.#rest, message])
    while (this.#rest.length >= 8) {
      const length = this.#rest.readUIntBE(5, 3)
      if (this.#rest.length < 8 + length) return
      const frame = this.#rest.subarray(0, 8 + length)
      this.#rest = this.#rest.subarray(8 + length)
      if (((frame[0] ?? 0) & 0x80) !== 0) continue
      const received = this.#received.get(frame.readUInt32BE(0))
      received?.chunks.push(Buffer.from(frame.subarray(8)))
      if (((frame[4] ?? 0) & 1) === 1) received?.done()
    }
  }
}

function int(value: number): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(value)
  return bytes
}
