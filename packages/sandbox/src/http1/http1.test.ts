import { once } from "node:events"
import net, { type AddressInfo } from "node:net"
import fc from "fast-check"
import { afterEach, describe, expect, it } from "vitest"
import {
  BodyScanner,
  ClientConnection,
  Fields,
  MalformedMessage,
  parseRequestHead,
  parseResponseHead,
} from "./index.ts"
import type { ResponseHandler } from "./index.ts"

describe("fields", () => {
  it("keep order and repetition, and find names in lower case", () => {
    const { fields } = parseRequestHead("GET / HTTP/1.1\r\nHost: a\r\nX-A:1\r\nx-a:  2 \r\n\r\n")
    expect(fields.flat).toEqual(["host", "a", "x-a", "1", "x-a", "2"])
    expect(fields.get("x-a")).toBe("1")
    expect(fields.joined("x-a")).toBe("1,2")
    fields.set("x-a", "3")
    expect(fields.flat).toEqual(["host", "a", "x-a", "3"])
    fields.remove("host")
    expect(fields.toLines()).toBe("x-a: 3\r\n")
  })

  it("behave as a list of pairs under any operations", () => {
    const name = fc.constantFrom("a", "b", "c")
    const operation = fc.tuple(fc.constantFrom("set", "append", "remove"), name, fc.string())
    fc.assert(
      fc.property(fc.array(operation), (operations) => {
        const fields = new Fields()
        let model: [string, string][] = []
        for (const [kind, key, value] of operations) {
          if (kind === "append") {
            fields.append(key, value)
            model.push([key, value])
          } else if (kind === "remove") {
            fields.remove(key)
            model = model.filter(([other]) => other !== key)
          } else {
            fields.set(key, value)
            const at = model.findIndex(([other]) => other === key)
            model = model.filter(([other], i) => other !== key || i === at)
            if (at < 0) model.push([key, value])
            else model[at] = [key, value]
          }
        }
        expect(fields.flat).toEqual(model.flat())
      }),
    )
  })
})

describe("heads", () => {
  it.each([
    "GET  / HTTP/1.1\r\n\r\n",
    "GET / HTTP/2.0\r\n\r\n",
    "G@T / HTTP/1.1\r\n\r\n",
    "GET / HTTP/1.1\r\nno colon\r\n\r\n",
    "GET / HTTP/1.1\r\n: empty\r\n\r\n",
    "GET / HTTP/1.1\nhost: a\n\n\r\n\r\n",
    "GET / HTTP/1.1\r\nx: a\0b\r\n\r\n",
    "GET / HTTP/1.1\r\nx: a\rb: c\r\n\r\n",
  ])("%j is not one", (text) => expect(() => parseRequestHead(text)).toThrow(MalformedMessage))

  it("of responses need no reason", () => {
    expect(parseResponseHead("HTTP/1.1 200\r\n\r\n")).toMatchObject({ status: 200, reason: "" })
    expect(parseResponseHead("HTTP/1.0 404 Not Found\r\n\r\n")).toMatchObject({
      status: 404,
      reason: "Not Found",
      minor: 0,
    })
    expect(() => parseResponseHead("HTTP/1.1 20x OK\r\n\r\n")).toThrow(MalformedMessage)
    expect(() => parseResponseHead("HTTP/1.1 99 Low\r\n\r\n")).toThrow(MalformedMessage)
  })
})

describe("a body's end", () => {
  /** A chunked message of these pieces. */
  const encode = (pieces: readonly string[], trailer: string): string =>
    `${pieces.map((piece) => `${piece.length.toString(16)};x=y\r\n${piece}\r\n`).join("")}0\r\n${trailer}\r\n`

  it("is found however the bytes are cut", () => {
    const piece = fc.string({ unit: fc.constantFrom("a", "\r", "\n", "0", ";"), minLength: 1, maxLength: 40 })
    const cases = fc.record({
      pieces: fc.array(piece, { maxLength: 5 }),
      trailer: fc.constantFrom("", "x-sum: 1\r\n", "a: b\r\nc: d\r\n"),
      cuts: fc.array(fc.nat(200), { maxLength: 6 }),
      behind: fc.constantFrom("", "GET / HTTP/1.1\r\n"),
    })
    fc.assert(
      fc.property(cases, ({ pieces, trailer, cuts, behind }) => {
        const body = encode(pieces, trailer)
        const bytes = Buffer.from(body + behind, "latin1")
        const places = [...new Set([0, ...cuts.filter((cut) => cut < bytes.length), bytes.length])].sort(
          (a, b) => a - b,
        )
        const scanner = new BodyScanner({ kind: "chunked" })
        let end = 0
        for (let i = 0; i + 1 < places.length && !scanner.done; i++) {
          const from = places[i] ?? 0
          end = from + scanner.scan(bytes.subarray(from, places[i + 1]), 0)
        }
        expect(scanner.done).toBe(true)
        expect(end).toBe(body.length)
        expect(scanner.content).toBe(pieces.join("").length)
      }),
    )
  })

  it.each(["x\r\n", "\r\n", "5\nhello", "2\r\nabc\r\n", "fffffffffffffff\r\n", "1\r\na\n", "1\rxa\r\n"])(
    "%j is broken chunk framing",
    (text) => {
      const scanner = new BodyScanner({ kind: "chunked" })
      expect(() => scanner.scan(Buffer.from(text), 0)).toThrow(MalformedMessage)
    },
  )

  it("by length leaves what is behind it", () => {
    const scanner = new BodyScanner({ kind: "length", bytes: 5 })
    expect(scanner.scan(Buffer.from("hel"), 0)).toBe(3)
    expect(scanner.done).toBe(false)
    expect(scanner.scan(Buffer.from("lo, world"), 0)).toBe(2)
    expect(scanner.done).toBe(true)
  })
})

describe("a client's connection", () => {
  const servers: net.Server[] = []
  afterEach(() => servers.splice(0).forEach((server) => server.close()))

  /** What became of one request answered with these bytes; `close`: the server ends the connection behind them. */
  async function exchange(answer: string, close: boolean, method = "GET") {
    const server = net.createServer((socket) => {
      socket.once("data", () => (close ? socket.end(answer) : socket.write(answer)))
      socket.on("error", () => socket.destroy())
    })
    servers.push(server)
    server.listen(0, "127.0.0.1")
    await once(server, "listening")
    const socket = net.connect((server.address() as AddressInfo).port, "127.0.0.1")
    const connection = new ClientConnection(socket)
    const log: string[] = []
    await new Promise<void>((resolve) => {
      const handler: ResponseHandler = {
        informational: (head) => log.push(`interim ${head.status}`),
        head: (head, framing) => {
          log.push(`head ${head.status} ${framing.kind}`)
          // A handler may change what it was given.
          head.fields.remove("connection")
        },
        body: (bytes) => log.push(`body ${bytes.toString()}`),
        end: (reusable) => {
          log.push(`end ${reusable ? "reusable" : "closed"}`)
          resolve()
        },
        failed: (error, begun) => {
          log.push(`failed ${error.name}${begun ? " begun" : ""}`)
          resolve()
        },
        upgraded: (_head, _socket, rest) => {
          log.push(`upgraded ${rest.toString()}`)
          resolve()
        },
        batchEnd: () => undefined,
        drain: () => undefined,
      }
      connection.send(method, `${method} / HTTP/1.1\r\nhost: a\r\n\r\n`, handler)
    })
    connection.socket.destroy()
    return { log, keepAliveMs: connection.keepAliveMs }
  }

  it.each([
    ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok", ["head 200 length", "body ok", "end reusable"]],
    [
      "HTTP/1.1 200 OK\r\ncontent-length: 2\r\nconnection: close\r\n\r\nok",
      ["head 200 length", "body ok", "end closed"],
    ],
    ["HTTP/1.0 200 OK\r\ncontent-length: 2\r\n\r\nok", ["head 200 length", "body ok", "end closed"]],
    ["HTTP/1.1 204 No Content\r\n\r\n", ["head 204 none", "end reusable"]],
    [
      "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n",
      ["head 200 chunked", "body 0\r\n\r\n", "end reusable"],
    ],
    [
      "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n",
      ["interim 100", "head 200 none", "end reusable"],
    ],
    ["HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\n\r\nnew", ["upgraded new"]],
    ["HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok and more", ["head 200 length", "body ok", "end closed"]],
    ["nonsense\r\n\r\n", ["failed MalformedMessage begun"]],
  ])("reads %j", async (answer, log) => expect((await exchange(answer, false)).log).toEqual(log))

  it("knows that a HEAD is answered without body", async () => {
    const { log } = await exchange("HTTP/1.1 200 OK\r\ncontent-length: 20\r\n\r\n", false, "HEAD")
    expect(log).toEqual(["head 200 none", "end reusable"])
  })

  it("takes the end of the connection as the end of a body only where nothing else says it", async () => {
    expect((await exchange("HTTP/1.1 200 OK\r\n\r\nall", true)).log).toEqual([
      "head 200 close",
      "body all",
      "end closed",
    ])
    expect((await exchange("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nhalf", true)).log).toEqual([
      "head 200 length",
      "body half",
      "failed Error begun",
    ])
    expect((await exchange("", true)).log).toEqual(["failed Error"])
  })

  it("learns how long the server keeps it", async () => {
    const answer = "HTTP/1.1 200 OK\r\ncontent-length: 0\r\nkeep-alive: timeout=5, max=100\r\n\r\n"
    expect((await exchange(answer, false)).keepAliveMs).toBe(5000)
  })
})
