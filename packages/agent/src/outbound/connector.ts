import { lookup as systemLookup, type LookupAddress } from "node:dns"
import { isIP, type LookupFunction } from "node:net"
import { buildConnector } from "undici"
import { bytesOf, refusalOf } from "../callable/index.ts"

/** Why nothing is sent to this address, by whatever setting or Secret it was named; undefined where it may be. */
function refused(address: string): Error | undefined {
  const bytes = bytesOf(address)
  const why = bytes === undefined ? "a link-local address" : refusalOf(bytes)
  return why === undefined ? undefined : new Error(`${address} is ${why}, and such are never called`)
}

/**
 * Connections to any address but those that are this link's own, multicast or nobody's: who may write a Secret with a channel's
 * URL must not reach a cloud's metadata by it. Names are judged by the addresses that they resolve to.
 */
export function reachable(
  options: buildConnector.BuildOptions,
  lookup: typeof systemLookup = systemLookup,
): buildConnector.connector {
  const connect = buildConnector({ ...options, lookup: judged(lookup) })
  return (target, done) => {
    const host = target.hostname.replace(/^\[(.*)\]$/, "$1")
    const error = isIP(host) === 0 ? undefined : refused(host)
    if (error === undefined) connect(target, done)
    else done(error, null)
  }
}

/** One address that is refused makes the whole name untrustworthy. */
const judged =
  (lookup: typeof systemLookup): LookupFunction =>
  (host, options, done) => {
    lookup(host, { ...options, all: true }, (error, addresses: LookupAddress[]) => {
      const refusal = error ?? addresses.map(({ address }) => refused(address)).find((one) => one !== undefined)
      const [first] = addresses ?? []
      if (refusal) done(refusal, options.all === true ? [] : "")
      else if (options.all === true) done(null, addresses)
      else done(null, first?.address ?? "", first?.family)
    })
  }
