import fc from "fast-check"
import { once } from "node:events"
import { connect, createServer, type Socket } from "node:net"
import { join } from "node:path"
import { PassThrough, Readable } from "node:stream"
import { describe, expect, it } from "vitest"
import { temporaryFolder } from "../../testing/temporary.ts"
import { encodeFrame, frameKind, readFrames } from "./frames.ts"
import { join as joinStreams } from "./join.ts"
import { takeJson, takeLine } from "./lines.ts"

/** The bytes in chunks of these lengths, over and over. */
function chopped(bytes: Buffer, lengths: readonly number[]): Readable {
  const chunks: Buffer[] = []
  for (let start = 0, index = 0; start < bytes.length; index++) {
    const length = lengths[index % lengths.length] ?? 1
    chunks.push(bytes.subarray(start, start + length))
    start += length
  }
  return Readable.from(chunks, { objectMode: false })
}
const lengths = fc.array(fc.integer({ min: 1, max: 50 }), { minLength: 1 })

describe("frames", () => {
  it("arrive as they were sent, however the bytes are cut", async () => {
    const frame = fc.record({
      kind: fc.constantFrom(...Object.values(frameKind)),
      payload: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(frame), lengths, async (frames, cuts) => {
        const bytes = Buffer.concat(frames.map(({ kind, payload }) => encodeFrame(kind, payload)))
        const received = []
        for await (const { kind, payload } of readFrames(chopped(bytes, cuts))) {
          received.push({ kind, payload: Buffer.from(payload) })
        }
        expect(received).toEqual(frames)
      }),
    )
  })
})

describe("lines", () => {
  it("are taken off a stream that keeps the rest", async () => {
    await fc.assert(
      fc.asyncProperty(fc.json(), fc.uint8Array(), lengths, async (json, rest, cuts) => {
        const stream = chopped(Buffer.concat([Buffer.from(`${json}\n`), rest]), cuts)
        expect(await takeJson(stream)).toEqual(JSON.parse(json))
        const chunks: Buffer[] = []
        for await (const chunk of stream) chunks.push(chunk as Buffer)
        expect(Buffer.concat(chunks).equals(Buffer.from(rest))).toBe(true)
      }),
    )
  })

  it("are undefined when the stream ends before one does", async () => {
    expect(await takeLine(Readable.from(["no end"], { objectMode: false }))).toBeUndefined()
    const broken = new PassThrough()
    broken.destroy()
    expect(await takeLine(broken)).toBeUndefined()
  })
})

describe("two joined streams", () => {
  it("pass data and ends both ways, one after the other", async () => {
    const [client, one] = await pair()
    const [other, server] = await pair()
    joinStreams(one, other)
    client.end("question")
    expect((await bytes(server)).toString()).toBe("question")
    // More than any buffer on the way holds, so that the end comes while much is still under way.
    const much = Buffer.alloc(4_000_000, "answer ")
    server.end(much)
    expect((await bytes(client)).equals(much)).toBe(true)
  })

  it("break together", async () => {
    const [client, one] = await pair()
    const [other, server] = await pair()
    joinStreams(one, other)
    const closed = Promise.all([client, server].map((end) => once(end.resume(), "end")))
    one.destroy()
    await closed
    client.destroy()
    server.destroy()
  })
})

/** Two ends of a connection. */
async function pair(): Promise<[Socket, Socket]> {
  const path = join(await temporaryFolder(), "s")
  const server = createServer({ allowHalfOpen: true }).listen(path)
  const accepted = once(server, "connection")
  const client = connect({ path, allowHalfOpen: true })
  const [socket] = (await accepted) as [Socket]
  server.close()
  return [client, socket]
}

/** All there is to read, leaving the other direction alone. */
function bytes(stream: Socket): Promise<Buffer> {
  const chunks: Buffer[] = []
  return new Promise((resolve) => {
    stream.on("data", (chunk: Buffer) => chunks.push(chunk))
    stream.once("end", () => resolve(Buffer.concat(chunks)))
  })
}
