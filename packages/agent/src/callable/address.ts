import { isIP } from "node:net"

/** An IP address in bytes: 4, or 16. */
export type Bytes = readonly number[]

/** The bytes of an address as text; undefined when it is none. An IPv4 address in an IPv6 one (`::ffff:a.b.c.d`) is an IPv4 address. */
export function bytesOf(text: string): Bytes | undefined {
  if (isIP(text) === 4) return text.split(".").map(Number)
  // A zone (`%eth0`) belongs to a link-local address, which is refused anyway.
  if (isIP(text) !== 6 || text.includes("%")) return undefined
  const bytes = sixteen(text)
  return begins(bytes, [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff], 96) ? bytes.slice(12) : bytes
}

function sixteen(text: string): Bytes {
  // A URL spells an IPv6 address in hexadecimal groups, with one `::` at most.
  const spelled = new URL(`http://[${text}]/`).hostname.slice(1, -1)
  const [left = "", right] = spelled.split("::")
  const groups = (part: string): number[] => (part === "" ? [] : part.split(":").map((group) => parseInt(group, 16)))
  const [head, tail] = [groups(left), groups(right ?? "")]
  const zeros = Array.from({ length: 8 - head.length - tail.length }, () => 0)
  return [...head, ...zeros, ...tail].flatMap((group) => [group >> 8, group & 0xff])
}

/** Whether the first `bits` of an address are those of a network; never where one is IPv4 and the other IPv6. */
export function begins(address: Bytes, network: Bytes, bits: number): boolean {
  return network.every((byte, index) => {
    const left = Math.min(8, Math.max(0, bits - 8 * index))
    const mask = (0xff << (8 - left)) & 0xff
    return (byte & mask) === ((address[index] ?? -1) & mask)
  })
}

/** A range of addresses, as in `10.0.0.0/8`. */
export interface Network {
  readonly bytes: Bytes
  readonly bits: number
}

/** Reads an address or a CIDR; undefined when it is neither. */
export function parseNetwork(text: string): Network | undefined {
  const [address = "", prefix, ...more] = text.split("/")
  const bytes = bytesOf(address)
  if (bytes === undefined || more.length > 0) return undefined
  const whole = 8 * bytes.length
  if (prefix === undefined) return { bytes, bits: whole }
  const bits = /^\d{1,3}$/.test(prefix) ? Number(prefix) : -1
  return bits >= 0 && bits <= whole ? { bytes, bits } : undefined
}

export function within(address: Bytes, { bytes, bits }: Network): boolean {
  return address.length === bytes.length && begins(address, bytes, bits)
}

const network = (text: string): Network => {
  const parsed = parseNetwork(text)
  if (parsed === undefined) throw new Error(`${text} is no network`)
  return parsed
}

/** Never called, whoever asks for it: what they lead to is this machine's or this link's own, or nobody in particular. */
const never: readonly (readonly [Network, string])[] = [
  [network("0.0.0.0/8"), "an unspecified address"],
  [network("169.254.0.0/16"), "a link-local address"],
  [network("224.0.0.0/4"), "a multicast address"],
  [network("240.0.0.0/4"), "a reserved address"],
  [network("::/128"), "an unspecified address"],
  [network("fe80::/10"), "a link-local address"],
  // Site-local: withdrawn, and routed by nobody.
  [network("fec0::/10"), "a link-local address"],
  [network("ff00::/8"), "a multicast address"],
]

export const loopback: readonly Network[] = [network("127.0.0.0/8"), network("::1/128")]

/** IPv6 addresses that lead to an IPv4 address, and where in them it stands. */
const translated: readonly (readonly [Network, number])[] = [
  [network("64:ff9b::/96"), 12],
  [network("64:ff9b:1::/48"), 12],
  [network("2002::/16"), 2],
  [network("::/96"), 12],
]

/** All addresses that one leads to: itself, and the IPv4 address in it. */
export function meantBy(bytes: Bytes): readonly Bytes[] {
  if (loopback.some((range) => within(bytes, range))) return [bytes]
  const inner = translated.flatMap(([range, at]) => (within(bytes, range) ? [bytes.slice(at, at + 4)] : []))
  return [bytes, ...inner]
}

/** Why an address is never called; undefined where it may be. */
export function refusalOf(bytes: Bytes): string | undefined {
  for (const meant of meantBy(bytes)) {
    const found = never.find(([range]) => within(meant, range))
    if (found !== undefined) return found[1]
  }
  return undefined
}

export function isLoopback(bytes: Bytes): boolean {
  return meantBy(bytes).some((meant) => loopback.some((range) => within(meant, range)))
}
