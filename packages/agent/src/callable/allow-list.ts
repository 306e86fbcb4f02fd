import { begins, bytesOf, isLoopback, loopback, parseNetwork, refusalOf, within, type Network } from "./address.ts"

/** One entry: a host (`hooks.example.com`, `*.example.com`) or a range of addresses, with a port or for all of them. */
type Entry = { readonly port: number | undefined } & (
  { readonly kind: "host"; readonly host: string } | { readonly kind: "below"; readonly domain: string } | NetworkEntry
)

interface NetworkEntry {
  readonly kind: "network"
  readonly network: Network
}

const LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
const HOST = new RegExp(`^(?:${LABEL}\\.)*${LABEL}$`)

/**
 * Reads an entry: `HOST`, `*.DOMAIN` (names below it, not itself), an address or a CIDR; `:PORT` behind it, an IPv6 one in brackets
 * then. Undefined when it is none of these.
 */
function parseEntry(text: string): Entry | undefined {
  const bracketed = /^\[([^\]]+)\](?::(\d{1,5}))?$/.exec(text)
  const [, plain = "", plainPort] = /^(.*?)(?::(\d{1,5}))?$/.exec(text) ?? []
  const whole = parseNetwork(text)
  if (whole !== undefined) return { kind: "network", network: whole, port: undefined }
  const [name, portText] = bracketed === null ? [plain, plainPort] : [bracketed[1] ?? "", bracketed[2]]
  const port = portText === undefined ? undefined : Number(portText)
  if (port !== undefined && (port < 1 || port > 65_535)) return undefined
  const network = parseNetwork(name)
  if (network !== undefined) return { kind: "network", network, port }
  const host = hostOf(name)
  // What ends in a number is read as an address by those who connect.
  if (bracketed !== null || /(?:^|\.)\d+$/.test(host)) return undefined
  if (host.startsWith("*.") && HOST.test(host.slice(2))) return { kind: "below", domain: host.slice(1), port }
  return HOST.test(host) ? { kind: "host", host, port } : undefined
}

/** A name as it is compared: small letters, without the dot of the root. */
const hostOf = (name: string): string => name.toLowerCase().replace(/\.$/, "")

/** Entries of a setting, between spaces or commas; what does not read. */
export function unreadableEntries(text: string): string[] {
  return entriesOf(text).filter((entry) => parseEntry(entry) === undefined)
}

const entriesOf = (text: string): string[] => text.split(/[\s,]+/).filter((entry) => entry !== "")

export interface Place {
  /** As the URL has it; an IPv6 address without brackets. */
  readonly host: string
  readonly port: number
}

export type Verdict = { readonly ok: true } | { readonly ok: false; readonly why: string; readonly mend: Mend }

/** What opens the way: naming the host, naming the address itself, or nothing. */
export type Mend = "name" | "address" | "none"

/** What the agent may call. Nothing that the list does not name, and some addresses never. */
export class AllowList {
  readonly #entries: readonly Entry[]

  /** What does not read allows nothing. */
  constructor(text: string) {
    this.#entries = entriesOf(text).flatMap((entry) => parseEntry(entry) ?? [])
  }

  /** Whether a connection for a host may be made to this address, which is what its name resolved to, or the host itself. */
  judge({ host, port }: Place, address: string): Verdict {
    const bytes = bytesOf(address)
    if (bytes === undefined) return { ok: false, why: `${address} is a link-local address`, mend: "none" }
    const never = refusalOf(bytes)
    if (never !== undefined) return { ok: false, why: `${address} is ${never}`, mend: "none" }
    const entries = this.#entries.filter((entry) => entry.port === undefined || entry.port === port)
    const networks = entries.flatMap((entry) => (entry.kind === "network" ? [entry.network] : []))
    const named = networks.filter((network) => within(bytes, network))
    if (isLoopback(bytes)) {
      if (named.some(isOfLoopback)) return { ok: true }
      return { ok: false, why: `${address} is a loopback address`, mend: "address" }
    }
    if (named.length > 0 || entries.some((entry) => names(entry, hostOf(host)))) return { ok: true }
    return { ok: false, why: "no entry names it", mend: "name" }
  }
}

/** A range that holds more than loopback addresses, such as 0.0.0.0/0, does not name them. */
const isOfLoopback = ({ bytes, bits }: Network): boolean =>
  loopback.some(
    (range) => bits >= range.bits && bytes.length === range.bytes.length && begins(bytes, range.bytes, range.bits),
  )

function names(entry: Entry, host: string): boolean {
  if (entry.kind === "host") return entry.host === host
  return entry.kind === "below" && host.endsWith(entry.domain) && host.length > entry.domain.length
}
