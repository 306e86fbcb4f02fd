import { ApiError } from "../client.ts"
import { unsupportedMediaType } from "../errors.ts"

/** How an answer is written: its encoding, and what objects are turned into first. */
export interface Representation {
  readonly encoding: "json" | "yaml"
  readonly as: "object" | "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList"
  readonly contentType: string
}

const ENCODINGS: Readonly<Record<string, Representation["encoding"]>> = {
  "application/json": "json",
  "application/yaml": "yaml",
  "*/*": "json",
  "application/*": "json",
}

export const JSON_REPRESENTATION: Representation = { encoding: "json", as: "object", contentType: "application/json" }

interface Accepted {
  readonly type: string
  readonly parameters: ReadonlyMap<string, string>
  readonly quality: number
}

const PROTOBUF = "application/vnd.kubernetes.protobuf"

/**
 * The first of the accepted ones that can be served. Throws a 406, which lists what the real server has; the clients that
 * prefer protobuf name JSON as well.
 */
export function negotiate(accept: string | undefined): Representation {
  if (accept === undefined || accept.trim() === "") return JSON_REPRESENTATION
  const clauses = parseAccept(accept)
  for (const { type, parameters } of clauses) {
    const encoding = ENCODINGS[type]
    if (encoding === undefined) continue
    const as = parameters.get("as")
    const contentType = encoding === "yaml" ? "application/yaml" : "application/json"
    if (as === undefined) return { encoding, as: "object", contentType }
    const served = as === "Table" || as === "PartialObjectMetadata" || as === "PartialObjectMetadataList"
    if (!served || parameters.get("g") !== "meta.k8s.io" || parameters.get("v") !== "v1") continue
    return { encoding, as, contentType }
  }
  throw notAcceptable(clauses.some(({ type }) => ENCODINGS[type] !== undefined || type === PROTOBUF))
}

/** The accepted types in the client's order of preference. */
function parseAccept(accept: string): Accepted[] {
  return accept
    .split(",")
    .map((clause) => {
      const [type = "", ...parameters] = clause.split(";").map((part) => part.trim())
      const pairs = parameters.map((parameter): [string, string] => {
        const [name = "", value = ""] = parameter.split("=", 2)
        return [name.trim(), value.trim()]
      })
      const quality = Number(new Map(pairs).get("q") ?? "1")
      return { type: type.toLowerCase(), parameters: new Map(pairs), quality: Number.isNaN(quality) ? 1 : quality }
    })
    .sort((a, b) => b.quality - a.quality)
}

function notAcceptable(typeIsKnown: boolean): ApiError {
  const types = ["application/json", "application/yaml", PROTOBUF]
  if (typeIsKnown)
    return new ApiError(406, "NotAcceptable", `only the following media types are accepted: ${types.join(", ")}`)
  const offered = [...types, `${types[0]};stream=watch`, `${PROTOBUF};stream=watch`].join(", ")
  return new ApiError(406, "NotAcceptable", `406: Not Acceptable\n\nAvailable representations: ${offered}`, {})
}

export type BodyEncoding = "json" | "yaml" | "protobuf"

const BODY_ENCODINGS: Readonly<Record<string, BodyEncoding>> = {
  "application/json": "json",
  "application/yaml": "yaml",
  "application/vnd.kubernetes.protobuf": "protobuf",
}

/** Of the body of a POST, PUT or DELETE. JSON where the client does not say. Throws a 415. */
export function bodyEncoding(contentType: string | undefined): BodyEncoding {
  const type = mediaType(contentType)
  if (type === "") return "json"
  const encoding = BODY_ENCODINGS[type]
  if (encoding === undefined) throw unsupportedMediaType(Object.keys(BODY_ENCODINGS))
  return encoding
}

export function mediaType(contentType: string | undefined): string {
  return (contentType ?? "").split(";", 1)[0]?.trim().toLowerCase() ?? ""
}
