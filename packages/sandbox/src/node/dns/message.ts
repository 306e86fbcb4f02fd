/** One question of a DNS query (RFC 1035, section 4.1.2). */
export interface Question {
  /** Lower case, without the dot at the end. */
  readonly name: string
  readonly type: number
}

export const typeA = 1

const headerLength = 12
const classInternet = 1
/** The standard answer's time to live in CoreDNS' kubernetes plugin, in seconds. */
const timeToLive = 5

export const rcode = { noError: 0, noSuchName: 3 } as const

/** Reads the question; undefined when the message is none that can be answered: cut off, a response, not one question. */
export function readQuestion(query: Buffer): Question | undefined {
  if (query.length < headerLength) return undefined
  const isResponse = (query.readUInt8(2) & 0x80) !== 0
  if (isResponse || query.readUInt16BE(4) !== 1) return undefined
  const labels: string[] = []
  let offset = headerLength
  for (;;) {
    if (offset >= query.length) return undefined
    const length = query.readUInt8(offset)
    offset += 1
    if (length === 0) break
    // A pointer has nothing to point at in a question; names are at most 255 bytes.
    if (length > 63 || offset + length > query.length || offset > headerLength + 255) return undefined
    labels.push(query.toString("latin1", offset, offset + length))
    offset += length
  }
  if (offset + 4 > query.length) return undefined
  return { name: labels.join(".").toLowerCase(), type: query.readUInt16BE(offset) }
}

/** The answer to `query`, which `readQuestion` has accepted; `addresses` are IPv4 in dots. */
export function writeAnswer(query: Buffer, code: number, addresses: readonly string[]): Buffer {
  const questionEnd = query.indexOf(0, headerLength) + 5
  const header = Buffer.alloc(headerLength)
  query.copy(header, 0, 0, 2)
  const recursionDesired = query.readUInt8(2) & 0x01
  // Response, authoritative; recursion as it was asked for.
  header.writeUInt8(0x84 | recursionDesired, 2)
  header.writeUInt8(code, 3)
  header.writeUInt16BE(1, 4)
  header.writeUInt16BE(addresses.length, 6)
  return Buffer.concat([header, query.subarray(headerLength, questionEnd), ...addresses.map(record)])
}

function record(address: string): Buffer {
  const bytes = Buffer.alloc(16)
  // The name: a pointer to the question's.
  bytes.writeUInt16BE(0xc000 | headerLength, 0)
  bytes.writeUInt16BE(typeA, 2)
  bytes.writeUInt16BE(classInternet, 4)
  bytes.writeUInt32BE(timeToLive, 6)
  bytes.writeUInt16BE(4, 10)
  Buffer.from(address.split(".").map(Number)).copy(bytes, 12)
  return bytes
}
