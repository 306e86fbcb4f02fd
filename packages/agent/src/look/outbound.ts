import { connect } from "node:net"
import type { CheckResult } from "../api/types.ts"
import { fail, messageOf, ok, SerinError, type Result } from "../errors.ts"
import { AllowList, shownPlace, systemResolve, wayTo, type Resolve, type Way } from "../callable/index.ts"
import type { Repositories } from "../parts.ts"
import { receiversOf } from "./receivers.ts"
import { bad, good } from "./result.ts"

export interface OutboundParts {
  readonly repositories: Pick<Repositories, "list" | "head">
  /** Entries of what may be called. */
  readonly outboundAllow: string
  readonly resolve?: Resolve
}

const limitMs = 5_000

/**
 * Whether each gate and hook may be called, and takes connections at the address that was judged. Nothing is sent: what a receiver
 * does when it is called is not for a check to cause.
 */
export function checkOutbound({ repositories, outboundAllow, resolve = systemResolve }: OutboundParts) {
  const allow = new AllowList(outboundAllow)
  const named = repositories.list().flatMap(({ metadata }) => {
    return receiversOf(repositories.head(`${metadata.namespace}/${metadata.name}`)?.manifests ?? [])
  })
  return Promise.all(
    named.map(async ({ name, receiver: { url } }): Promise<CheckResult> => {
      const signal = AbortSignal.timeout(limitMs)
      const way = await wayTo(url, allow, resolve, signal)
      if (!way.ok) return bad(name, way.error)
      const shown = shownPlace(new URL(url))
      const opened = await connection(way.value, shown)
      return opened.ok ? good(name, `${shown} may be called, and takes connections`) : bad(name, opened.error)
    }),
  )
}

function connection({ address, place }: Way, shown: string): Promise<Result<void>> {
  return new Promise((resolve) => {
    const socket = connect({ host: address, port: place.port, timeout: limitMs })
    const end = (result: Result<void>): void => {
      socket.destroy()
      resolve(result)
    }
    const unreachable = (why: string): void =>
      end(fail(new SerinError("HOOK_UNREACHABLE", `${shown} may be called, and takes no connection: ${why}`)))
    socket.once("connect", () => end(ok(undefined)))
    socket.once("error", (error) => unreachable(messageOf(error)))
    socket.once("timeout", () => unreachable(`no answer within ${limitMs / 1000} s`))
  })
}
