import { BlockList, isIP } from "node:net"
import { SerinError } from "../errors.ts"

/** By way of which proxy an address is reached; undefined: directly. */
export type ProxyFor = (target: URL) => URL | undefined

export const direct: ProxyFor = () => undefined

type Environment = Readonly<Record<string, string | undefined>>
type Excludes = (host: string, port: number) => boolean

/**
 * `HTTP_PROXY`, `HTTPS_PROXY` and `NO_PROXY`, in capitals or not, as kubectl and Go read them: loopback is never proxied,
 * `example.com` excludes its subdomains too, `.example.com` only these, and an entry may be an address, a CIDR block, end with
 * a port, or be `*`. Throws CONFIG_INVALID, without the URL, when a proxy is none that we can use.
 */
export function proxiesOf(environment: Environment): ProxyFor {
  const read = (name: string) => environment[name] || environment[name.toLowerCase()] || undefined
  const proxy = (name: string) => {
    const value = read(name)
    return value === undefined ? undefined : parseProxy(name, value)
  }
  const [http, https] = [proxy("HTTP_PROXY"), proxy("HTTPS_PROXY")]
  const excluded = exclusions(read("NO_PROXY") ?? "")
  return (target) => {
    const chosen = target.protocol === "https:" ? https : target.protocol === "http:" ? http : undefined
    if (chosen === undefined) return undefined
    const host = target.hostname
      .replace(/^\[|\]$/g, "")
      .replace(/\.$/, "")
      .toLowerCase()
    const port = Number(target.port) || (target.protocol === "https:" ? 443 : 80)
    return isLoopback(host) || excluded(host, port) ? undefined : chosen
  }
}

/** A proxy's URL; without a scheme it is http. `setting`: where it stands, for the message. */
export function parseProxy(setting: string, text: string): URL {
  const full = /^[a-z][a-z0-9+.-]*:\/\//i.test(text) ? text : `http://${text}`
  const problem = (what: string) =>
    new SerinError("CONFIG_INVALID", `${setting} ${what}`, {
      next: "Give a proxy as http://[USER:PASSWORD@]HOST:PORT or https://…",
    })
  if (!URL.canParse(full)) throw problem("is not the address of a proxy")
  const url = new URL(full)
  if (url.protocol !== "http:" && url.protocol !== "https:")
    throw problem(`names a proxy of the kind ${url.protocol.slice(0, -1)}, which is not supported`)
  try {
    proxyLogin(url)
  } catch {
    // Said here, once and by its setting, rather than at each request.
    throw problem("holds a login that is not percent-encoded (a % in a password is %25)")
  }
  return url
}

/** `Proxy-Authorization` for a proxy whose URL holds a login. */
export function proxyLogin({ username, password }: URL): string | undefined {
  if (username === "" && password === "") return undefined
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  return `Basic ${Buffer.from(login).toString("base64")}`
}

const loopback = new BlockList()
loopback.addSubnet("127.0.0.0", 8, "ipv4")
loopback.addAddress("::1", "ipv6")

const isLoopback = (host: string): boolean => host === "localhost" || contains(loopback, host)

function exclusions(list: string): Excludes {
  const entries = list
    .split(",")
    .map((entry) => entry.trim().toLowerCase())
    .filter((entry) => entry !== "")
  if (entries.includes("*")) return () => true
  const rules = entries.map(exclusion)
  return (host, port) => rules.some((rule) => rule(host, port))
}

function exclusion(entry: string): Excludes {
  const [, network = "", bits = ""] = /^([\da-f.:]+)\/(\d+)$/.exec(entry) ?? []
  const family = isIP(network)
  if (family !== 0 && Number(bits) <= (family === 4 ? 32 : 128)) {
    const block = new BlockList()
    block.addSubnet(network, Number(bits), family === 4 ? "ipv4" : "ipv6")
    return (host) => contains(block, host)
  }
  const [name, wanted] = portOf(entry)
  const rightPort = (port: number) => wanted === undefined || wanted === port
  if (isIP(name) !== 0) {
    const block = new BlockList()
    block.addAddress(name, isIP(name) === 4 ? "ipv4" : "ipv6")
    return (host, port) => contains(block, host) && rightPort(port)
  }
  const pattern = name.replace(/^\*(?=\.)/, "")
  const suffix = pattern.startsWith(".") ? pattern : `.${pattern}`
  return (host, port) => (host.endsWith(suffix) || host === pattern) && rightPort(port)
}

/** `host:443`, `[::1]:443`, or a bare address, whose colons are its own. */
function portOf(entry: string): readonly [name: string, port: number | undefined] {
  if (isIP(entry) !== 0) return [entry, undefined]
  const [, name = entry, port] = /^(.*?)(?::(\d+))?$/.exec(entry) ?? []
  return [name.replace(/^\[|\]$/g, ""), port === undefined ? undefined : Number(port)]
}

function contains(block: BlockList, host: string): boolean {
  const family = isIP(host)
  return family !== 0 && block.check(host, family === 4 ? "ipv4" : "ipv6")
}
