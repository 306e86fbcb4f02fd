import { badRequest } from "../errors.ts"
import { isRecord } from "../json.ts"
import { scanJson } from "../validation/index.ts"

/** Where a list goes on. */
export interface Continue {
  /** The state that all pages show; "present" when the client agreed to an inconsistent rest. */
  readonly revision: number | "present"
  /** The last key of the page before. */
  readonly after: string
}

/** Opaque to clients; the same shape as the real server's tokens. */
export function encodeContinue({ revision, after }: Continue): string {
  const token = { v: "meta.k8s.io/v1", rv: revision === "present" ? -1 : revision, start: `${after}\0` }
  return Buffer.from(JSON.stringify(token)).toString("base64url")
}

/** As Go prints a byte between quotes. */
function shownByte(byte: number): string {
  if (byte >= 0x20 && byte < 0x7f) return String.fromCharCode(byte)
  if (byte < 0x80) return `\\x${byte.toString(16).padStart(2, "0")}`
  return byte < 0xa0 ? `\\u00${byte.toString(16)}` : String.fromCharCode(byte)
}

/** Throws a 400 for a token that is none of ours. */
export function decodeContinue(text: string): Continue {
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`)
  const illegal = text.search(/[^A-Za-z0-9_-]/)
  if (illegal >= 0) throw refuse(`illegal base64 data at input byte ${illegal}`)
  if (text.length % 4 === 1) throw refuse(`illegal base64 data at input byte ${text.length - 1}`)
  const json = Buffer.from(text, "base64url")
  const [first] = json
  if (first !== undefined && first !== "{".charCodeAt(0))
    throw refuse(`invalid character '${shownByte(first)}' looking for beginning of value`)
  const { error } = scanJson(json.toString("utf8"))
  if (error !== undefined) throw refuse(error)
  const token: unknown = JSON.parse(json.toString("utf8"))
  const version = isRecord(token) ? token["v"] : ""
  if (!isRecord(token) || version !== "meta.k8s.io/v1")
    throw refuse(`server does not recognize this encoded version ${JSON.stringify(version ?? "")}`)
  const { rv, start } = token
  if (typeof rv !== "number" || rv === 0 || typeof start !== "string")
    throw refuse("incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
  return { revision: rv < 0 ? "present" : rv, after: start.endsWith("\0") ? start.slice(0, -1) : start }
}
