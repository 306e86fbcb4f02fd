import { badRequest } from "../errors.ts"
import { isRecord } from "../json.ts"

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

export function decodeContinue(text: string): Continue {
  let token: unknown
  try {
    token = JSON.parse(Buffer.from(text, "base64url").toString("utf8"))
  } catch (error) {
    throw badRequest(`continue key is not valid: ${error instanceof Error ? error.message : String(error)}`)
  }
  if (!isRecord(token) || token["v"] !== "meta.k8s.io/v1")
    throw badRequest(
      `continue key is not valid: server does not recognize this encoded version ${JSON.stringify(isRecord(token) ? token["v"] : "")}`,
    )
  const { rv, start } = token
  if (typeof rv !== "number" || rv === 0 || typeof start !== "string")
    throw badRequest("continue key is not valid: incorrect encoded start resourceVersion (version meta.k8s.io/v1)")
  return { revision: rv < 0 ? "present" : rv, after: start.endsWith("\0") ? start.slice(0, -1) : start }
}
