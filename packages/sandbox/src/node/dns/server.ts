import { createSocket } from "node:dgram"
import { once } from "node:events"
import { createServer, type Socket } from "node:net"
import { rcode, readQuestion, typeA, writeAnswer } from "./message.ts"

/** The addresses of a name as asked from the pod with this IP; undefined when there is no such name. */
export type Resolve = (name: string, fromIp: string) => readonly string[] | undefined

/** An answer that is longer than this goes over TCP only. */
const udpLimit = 512
const idleLimit = 10_000

export interface DnsServer {
  readonly port: number
  close(): void
}

/** Serves DNS on UDP and TCP (RFC 1035, section 4.2) at one address. */
export async function serveDns(address: string, port: number, resolve: Resolve): Promise<DnsServer> {
  const tcp = createServer((socket) => answerStream(socket, resolve))
  tcp.listen(port, address)
  await once(tcp, "listening")
  const bound = (tcp.address() as { port: number }).port
  const udp = createSocket("udp4")
  udp.on("message", (query, from) => {
    const reply = answer(query, from.address, resolve)
    if (reply !== undefined) udp.send(reply.length > udpLimit ? truncated(reply) : reply, from.port, from.address)
  })
  udp.bind(bound, address)
  await once(udp, "listening")
  return {
    port: bound,
    close: () => {
      udp.close()
      tcp.close()
    },
  }
}

/** The reply to a query; undefined when it is none. */
export function answer(query: Buffer, fromIp: string, resolve: Resolve): Buffer | undefined {
  const question = readQuestion(query)
  if (question === undefined) return undefined
  const addresses = resolve(question.name, fromIp)
  if (addresses === undefined) return writeAnswer(query, rcode.noSuchName, [])
  // A name that exists, asked for what it has not (AAAA): no error and no records.
  return writeAnswer(query, rcode.noError, question.type === typeA ? addresses : [])
}

/** Sets TC, so that the client asks again over TCP; the records are left out. */
function truncated(reply: Buffer): Buffer {
  const cut = Buffer.from(reply.subarray(0, reply.indexOf(0, 12) + 5))
  cut.writeUInt8(cut.readUInt8(2) | 0x02, 2)
  cut.writeUInt16BE(0, 6)
  return cut
}

function answerStream(socket: Socket, resolve: Resolve): void {
  let held: Buffer = Buffer.alloc(0)
  socket.setTimeout(idleLimit, () => socket.destroy())
  socket.on("error", () => socket.destroy())
  socket.on("data", (chunk) => {
    held = Buffer.concat([held, chunk])
    while (held.length >= 2 && held.length >= 2 + held.readUInt16BE(0)) {
      const end = 2 + held.readUInt16BE(0)
      const reply = answer(held.subarray(2, end), socket.remoteAddress ?? "", resolve)
      held = held.subarray(end)
      if (reply === undefined) return void socket.destroy()
      const length = Buffer.alloc(2)
      length.writeUInt16BE(reply.length, 0)
      socket.write(Buffer.concat([length, reply]))
    }
  })
}
