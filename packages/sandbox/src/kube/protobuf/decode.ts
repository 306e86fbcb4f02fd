import { readFileSync } from "node:fs"
import { join } from "node:path"
import { gunzipSync } from "node:zlib"
import type { Field, Message, Root, Type } from "protobufjs/light.js"
import { ApiError } from "../client.ts"
import { isRecord, type Json } from "../json.ts"
import { specialForms } from "./special-forms.ts"

/** What a body begins with; a `runtime.Unknown` message follows. */
const MAGIC = Buffer.from("k8s\0", "latin1")

/** Go structs that JSON has no level of its own for: their fields stand beside the others. */
const embedded: ReadonlySet<string> = new Set([
  "volumeSource",
  "persistentVolumeSource",
  "localObjectReference",
  "ephemeralContainerCommon",
  "handler",
  "rule",
  "ruleWithOperations",
  "ingressRuleValue",
  "deviceConfiguration",
])

/**
 * Reads bodies in Kubernetes' protobuf encoding, which kubectl sends for some kinds and does not replace by JSON. The
 * descriptors are read from `dataDir` when the first body comes.
 */
export class ProtobufDecoder {
  readonly #dataDir: string
  #root: Promise<Root> | undefined

  constructor(dataDir: string) {
    this.#dataDir = dataDir
  }

  /**
   * The object as JSON would have it, except that Go writes zero values too: decode it by its schema as any body.
   * @throws ApiError 400 for what is not such a body, 415 for kinds without a descriptor
   */
  async decode(body: Buffer): Promise<Json> {
    if (!body.subarray(0, MAGIC.length).equals(MAGIC))
      throw notDecoded("provided data does not appear to be a protobuf message, expected prefix [107 56 115 0]")
    const root = await this.#load()
    const unknown = read(root, "k8s.io.apimachinery.pkg.runtime.Unknown", body.subarray(MAGIC.length))
    const { apiVersion, kind } = isRecord(unknown["typeMeta"]) ? unknown["typeMeta"] : {}
    if (typeof apiVersion !== "string" || typeof kind !== "string") throw notDecoded("the message names no kind")
    const raw = typeof unknown["raw"] === "string" ? unknown["raw"] : ""
    const name = messageName(root, apiVersion, kind)
    return { apiVersion, kind, ...read(root, name, Buffer.from(raw, "base64")) }
  }

  #load(): Promise<Root> {
    // protobufjs and the descriptors take a tenth of a second: most processes never see such a body.
    this.#root ??= import("protobufjs/light.js").then(({ default: protobuf }) => {
      const text = gunzipSync(readFileSync(join(this.#dataDir, "protobuf.json.gz"))).toString("utf8")
      return protobuf.Root.fromJSON(JSON.parse(text) as Parameters<typeof protobuf.Root.fromJSON>[0])
    })
    return this.#root
  }
}

function messageName(root: Root, apiVersion: string, kind: string): string {
  const [version = "", group = ""] = apiVersion.split("/").reverse()
  const folder = group === "" ? "core" : group.replace(/\..*$/, "")
  const names = [`k8s.io.api.${folder}.${version}.${kind}`, `k8s.io.apimachinery.pkg.apis.meta.v1.${kind}`]
  const name = names.find((one) => root.lookup(one) !== null)
  if (name !== undefined) return name
  throw new ApiError(
    415,
    "UnsupportedMediaType",
    `${apiVersion}, Kind=${kind} has no protobuf form here: send it as application/json`,
  )
}

function read(root: Root, name: string, bytes: Buffer): Json {
  const type = root.lookupType(name)
  try {
    return messageToJson(type, type.decode(bytes))
  } catch (error) {
    // protobufjs throws RangeError at the end of the bytes and Error for what cannot be.
    if (error instanceof ApiError || !(error instanceof Error)) throw error
    throw notDecoded(`${name}: ${error.message}`)
  }
}

function notDecoded(why: string): ApiError {
  return new ApiError(400, "BadRequest", `the body of the request was not decoded: ${why}`)
}

function messageToJson(type: Type, message: Message | Json): Json {
  const object: Json = {}
  for (const field of type.fieldsArray) {
    const value = Object.hasOwn(message, field.name) ? (message as Json)[field.name] : undefined
    if (value === undefined || value === null) continue
    const converted = fieldToJson(field.resolve(), value)
    if (field.repeated && Array.isArray(value) && value.length === 0) continue
    if (embedded.has(field.name) && isRecord(converted)) Object.assign(object, converted)
    else if (converted !== null) object[field.name] = converted
  }
  return object
}

function fieldToJson(field: Field, value: unknown): unknown {
  if (field.map) {
    return Object.fromEntries(Object.entries(value as Json).map(([key, member]) => [key, valueToJson(field, member)]))
  }
  return field.repeated ? (value as unknown[]).map((item) => valueToJson(field, item)) : valueToJson(field, value)
}

function valueToJson(field: Field, value: unknown): unknown {
  if (Buffer.isBuffer(value) || value instanceof Uint8Array) return Buffer.from(value).toString("base64")
  const type = field.resolvedType
  if (type !== null && "fieldsArray" in type) {
    const message = messageToJson(type, value as Json)
    const special = specialForms[type.fullName]
    return special === undefined ? message : special(message)
  }
  // 64 bit integers come as objects of two halves.
  return typeof value === "object" ? Number(value) : value
}
