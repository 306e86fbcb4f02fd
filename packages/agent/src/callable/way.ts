import { lookup } from "node:dns/promises"
import { isIP } from "node:net"
import { fail, messageOf, ok, SerinError, type Result } from "../errors.ts"
import type { AllowList, Place, Verdict } from "./allow-list.ts"

/** All addresses of a host, as this machine resolves it; rejects when there are none. */
export type Resolve = (host: string) => Promise<readonly string[]>

export const systemResolve: Resolve = async (host) =>
  (await lookup(host, { all: true, verbatim: true })).map(({ address }) => address)

/** An address that was judged: the one to connect to, and no other. */
export interface Way {
  readonly place: Place
  readonly address: string
}

/** `hooks.example.com`, with the port where it is not the scheme's. What may be shown of a URL. */
export function shownPlace({ hostname, port }: URL): string {
  return port === "" ? hostname : `${hostname}:${port}`
}

/**
 * The way to a URL's host: its name is resolved here, once, and what may be called is decided about the address that is then
 * connected to. A name that leads elsewhere a moment later leads nowhere. The failure names host and next step, never the whole URL.
 */
export async function wayTo(
  url: string,
  allow: AllowList,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<Result<Way>> {
  if (!URL.canParse(url))
    return fail(new SerinError("HOOK_REFUSED", "what is to be called is no URL", { next: correct }))
  const parsed = new URL(url)
  const shown = shownPlace(parsed)
  if (parsed.protocol !== "https:" && parsed.protocol !== "http:")
    return fail(new SerinError("HOOK_REFUSED", `${shown} is not called by http or https`, { next: correct }))
  if (parsed.username !== "" || parsed.password !== "")
    return fail(new SerinError("HOOK_REFUSED", `the URL for ${shown} holds a user or password`, { next: correct }))
  const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1")
  const port = parsed.port === "" ? (parsed.protocol === "https:" ? 443 : 80) : Number(parsed.port)
  const place = { host, port }
  const addresses = isIP(host) === 0 ? await resolved(host, shown, resolve, signal) : ok([host])
  if (!addresses.ok) return addresses
  const judged = addresses.value.map((address) => ({ address, verdict: allow.judge(place, address) }))
  const open = judged.find(({ verdict }) => verdict.ok)
  if (open !== undefined) return ok({ place, address: open.address })
  const [first] = judged
  return fail(refused(shown, first?.address ?? "", first?.verdict))
}

async function resolved(
  host: string,
  shown: string,
  resolve: Resolve,
  signal: AbortSignal,
): Promise<Result<readonly string[]>> {
  try {
    return ok(await unlessAborted(resolve(host), signal))
  } catch (error) {
    const why = signal.aborted ? "its name was not resolved in time" : messageOf(error)
    return fail(new SerinError("HOOK_UNREACHABLE", `${shown} cannot be found: ${why}`))
  }
}

/** For what cannot be aborted itself. */
function unlessAborted<T>(doing: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const end = (): void => reject(new Error("aborted"))
    if (signal.aborted) return end()
    signal.addEventListener("abort", end, { once: true })
    doing.then(resolve, reject).finally(() => signal.removeEventListener("abort", end))
  })
}

const correct = "Correct the URL in the Canary."

function refused(shown: string, address: string, verdict: Verdict | undefined): SerinError {
  if (verdict === undefined || verdict.ok)
    return new SerinError("HOOK_UNREACHABLE", `${shown} cannot be found: it has no address`)
  const allowing = (entry: string): string =>
    `Let an administrator allow it with \`serin install … --allow-outbound ${entry}\`, or correct the URL in the Canary.`
  switch (verdict.mend) {
    case "name":
      return new SerinError("HOOK_REFUSED", `${shown} is not among the addresses that the agent may call`, {
        next: allowing(shown),
      })
    case "address":
      return new SerinError(
        "HOOK_REFUSED",
        `${shown} may not be called: ${verdict.why}, which no entry names as such`,
        {
          next: allowing(address),
        },
      )
    case "none":
      return new SerinError("HOOK_REFUSED", `${shown} may not be called: ${verdict.why}, and such are never called`, {
        next: correct,
      })
  }
}
