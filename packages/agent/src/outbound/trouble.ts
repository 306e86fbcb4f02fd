import { messageOf } from "../errors.ts"

/** Why no connection came about, for a person, and the next step where the catalogue's is not the best. */
export interface Trouble {
  readonly why: string
  readonly next?: string
}

const untrusted = new Set([
  "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
  "UNABLE_TO_GET_ISSUER_CERT",
  "UNABLE_TO_GET_ISSUER_CERT_LOCALLY",
  "SELF_SIGNED_CERT_IN_CHAIN",
  "DEPTH_ZERO_SELF_SIGNED_CERT",
  "CERT_SIGNATURE_FAILURE",
])
const outOfDate = new Set(["CERT_HAS_EXPIRED", "CERT_NOT_YET_VALID"])

export const addAuthority =
  "Add the authority that signed it with `serin install --ca-bundle FILE` (ConfigMap serin-system/serin-ca)."

/** What undici's error says, with its wrappings taken off. `proxy`: by way of which it was tried. */
export function troubleOf(error: unknown, proxy?: URL): Trouble {
  const cause = innermost(error)
  const code = codeOf(cause)
  const message = messageOf(cause)
  if (untrusted.has(code))
    return { why: `its certificate is signed by an authority that is not trusted (${code})`, next: addAuthority }
  if (outOfDate.has(code))
    return {
      why: `its certificate is out of date (${code})`,
      next: "Renew that server's certificate, or set the clock.",
    }
  if (code === "ERR_TLS_CERT_ALTNAME_INVALID")
    return { why: `its certificate is for other names: ${message}`, next: "Use a name that the certificate holds." }
  if (proxy === undefined) return { why: message }
  return throughProxy(message, proxy)
}

function throughProxy(message: string, { protocol, host }: URL): Trouble {
  const name = `proxy ${protocol}//${host}`
  // Of a CONNECT, and of a plain request, where only this status cannot be the server's own.
  const status = /Proxy (?:response|Authentication Required) \((\d+)\)/.exec(message)?.[1]
  if (status === "407")
    return { why: `${name} wants a login (407)`, next: "Give user and password in HTTP_PROXY and HTTPS_PROXY." }
  const next = "Check the proxy, or exclude this address by NO_PROXY (`serin install --proxy-exceptions`)."
  return { why: status === undefined ? `by way of ${name}: ${message}` : `${name} refused with ${status}`, next }
}

function innermost(error: unknown): unknown {
  if (error instanceof AggregateError && error.errors.length > 0) return innermost(error.errors[0])
  if (error instanceof Error && error.cause !== undefined) return innermost(error.cause)
  return error
}

function codeOf(error: unknown): string {
  return typeof error === "object" && error !== null && "code" in error ? String(error.code) : ""
}
