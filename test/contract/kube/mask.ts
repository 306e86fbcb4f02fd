import { isObject, list, text, type Json, type JsonObject } from "../harness/json.ts"
import { Numbering } from "../harness/numbering.ts"

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const time = /\b\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( ?(Z|[+-]\d\d:?\d\d))?( UTC)?/g
const certificate = /-----BEGIN CERTIFICATE-----[\s\S]*-----END CERTIFICATE-----\n?/g
const jwt = /\beyJ[\w-]+\.[\w-]+\.[\w-]+/g
const age = /^(\d+[smhdy])+$/

/**
 * Replaces what differs from run to run by names that keep identity: the first uid of a case is `<uid-1>` wherever it
 * shows, so that an owner reference to the wrong object is still a difference.
 */
export class Masker {
  readonly #numbering = new Numbering()
  /** What has a name already. */
  readonly #known = new Set<string>()
  /** Known strings, whole words only, in the order of learning. */
  readonly #literals: { readonly pattern: RegExp; readonly name: string }[] = []

  constructor(literals: Readonly<Record<string, string>>) {
    for (const [value, name] of Object.entries(literals)) this.#literal(value, name)
  }

  /** Masks an answer's body after learning the generated names in it. */
  value(body: Json): Json {
    this.learn(body)
    return this.#mask(withSortedCauses(body), "")
  }

  /** Takes note of generated names, hashes and addresses, so that later text is masked by them. */
  learn(value: Json): void {
    if (Array.isArray(value)) for (const item of value) this.learn(item)
    if (!isObject(value)) return
    for (const item of Object.values(value)) this.learn(item)
    if (isObject(value["metadata"])) this.#learnMetadata(value["metadata"])
    if (value["kind"] === "Service" || isObject(value["spec"])) this.#learnAddresses(value["spec"])
  }

  /** Masks text, such as the output of a program. */
  text(value: string): string {
    let masked = value
    for (const { pattern, name } of this.#literals) masked = masked.replace(pattern, name)
    return masked
      .replace(uuid, (uid) => this.#numbered("uid", uid))
      .replace(certificate, "<certificate>")
      .replace(jwt, "<token>")
      .replace(time, (_, fraction: string | undefined) => (fraction === undefined ? "<time>" : "<microtime>"))
      .replace(/\b(resourceVersion\\*"?: ?\\*")\d+/g, "$1<rv>")
      .replace(/\.[0-9a-f]{16}\b/g, ".<hex>")
      .replace(/default-scheduler-[\w.-]+/g, "default-scheduler-<host>")
      .replace(/kube-api-access-[a-z0-9]{5}\b/g, "kube-api-access-<gen>")
  }

  /** Masks what kubectl prints: ages and paths too; it aligns columns itself, so their width says nothing. */
  output(value: string): string {
    return this.text(value)
      .replace(/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4}/g, "<time>")
      .replace(/(?<![\w.:-])(\d+[smhd])+(?![\w.])/g, "<age>")
      .replace(/"(gitCommit|gitTreeState|goVersion)": "[^"]*"/g, '"$1": "<build>"')
      .replace(/\/tmp\/(LIVE|MERGED)-\d+\//g, "/$1/")
      .replace(/\/tmp\/kubectl-edit-\d+\.yaml/g, "<edited file>")
      .replace(/(?<=\S) {2,}(?=\S)/g, "   ")
      .replace(/[ \t]+$/gm, "")
  }

  #mask(value: Json, key: string): Json {
    if (Array.isArray(value)) return value.map((item) => this.#mask(item, key))
    if (typeof value === "string") {
      if (key === "cells" && age.test(value)) return "<age>"
      if (key === "continue") return "<continue>"
      return this.text(value)
    }
    if (key === "nodePort" && typeof value === "number" && value !== 0) return this.#numbered("port", String(value))
    if (!isObject(value)) return value
    const ofList = value["metadata"] !== undefined && (Array.isArray(value["items"]) || Array.isArray(value["rows"]))
    const bookmark = value["type"] === "BOOKMARK"
    const masked: JsonObject = {}
    for (const [name, item] of Object.entries(value)) {
      if (name === "resourceVersion" && typeof item === "string" && /^\d+$/.test(item)) {
        masked[name] = item === "0" ? "0" : this.#numbered("rv", item)
      } else if ((ofList && name === "metadata") || (bookmark && name === "object")) {
        masked[name] = this.#mask(withoutVersion(item), name)
      } else masked[this.text(name)] = this.#mask(name === "managedFields" ? withoutTimeOrder(item) : item, name)
    }
    return masked
  }

  #learnMetadata(metadata: JsonObject): void {
    const name = text(metadata, "name")
    const prefix = text(metadata, "generateName")
    // Not numbered: their order is that of random letters. Identity is told by the uid.
    if (prefix !== "" && name.startsWith(prefix) && name.length > prefix.length && !this.#known.has(name)) {
      this.#known.add(name)
      this.#literal(name, `${prefix}<gen>`)
    }
    for (const label of ["pod-template-hash", "controller-revision-hash"]) {
      const hash = text(metadata, "labels", label)
      if (hash !== "" && !this.#known.has(hash)) this.#literal(hash, this.#numbered("hash", hash))
    }
  }

  #learnAddresses(spec: Json | undefined): void {
    const addresses = [text(spec, "clusterIP"), ...list(spec, "clusterIPs")]
    for (const ip of addresses) {
      if (typeof ip !== "string" || !/^\d+\./.test(ip) || this.#known.has(ip)) continue
      this.#literal(ip, this.#numbered("ip", ip))
    }
    for (const port of list(spec, "ports")) {
      const nodePort = isObject(port) ? port["nodePort"] : undefined
      if (typeof nodePort !== "number" || this.#known.has(String(nodePort))) continue
      this.#literal(String(nodePort), this.#numbered("port", String(nodePort)))
    }
  }

  #literal(value: string, name: string): void {
    const escaped = value.replace(/[.*+?^${}()|[\]\\]/g, "\\$&")
    const literal = { pattern: new RegExp(`(?<![\\w.])${escaped}(?![\\w.])`, "g"), name }
    // A generated name holds the hash of its owner: the longer one must be found first.
    if (name.includes("<gen>")) this.#literals.unshift(literal)
    else this.#literals.push(literal)
  }

  #numbered(kind: string, value: string): string {
    this.#known.add(value)
    return this.#numbering.of(kind, value)
  }
}

/** A list's version is the whole store's, which moves by itself; that it is there is all that can be compared. */
function withoutVersion(value: Json): Json {
  if (!isObject(value)) return value
  const masked: JsonObject = {}
  for (const [name, item] of Object.entries(value)) {
    if (name === "resourceVersion") masked[name] = item === "" ? "" : "<rv>"
    else if (name === "metadata") masked[name] = withoutVersion(item)
    else masked[name] = item
  }
  return masked
}

/** The real server lists the causes of a failure in the order of a Go map, which is another one each time. */
function withSortedCauses(status: Json): Json {
  const causes = list(status, "details", "causes")
  if (!isObject(status) || !isObject(status["details"]) || causes.length < 2) return status
  const line = (cause: Json) => `${text(cause, "field")}: ${text(cause, "message")}`
  const sorted = [...causes].sort((a, b) => (line(a) < line(b) ? -1 : 1))
  const joined = (all: readonly Json[]) => `[${all.map(line).join(", ")}]`
  return {
    ...status,
    details: { ...status["details"], causes: sorted },
    message: text(status, "message").replace(joined(causes), () => joined(sorted)),
  }
}

/**
 * Entries of managedFields are ordered by operation, then by time in whole seconds (none comes first), then by manager
 * and the rest: two writes of one case fall into one second or into two. Times are masked, so their order is left out.
 */
function withoutTimeOrder(entries: Json): Json {
  if (!Array.isArray(entries)) return entries
  const key = (entry: Json): string => {
    const timed = text(entry, "time") === "" ? "0" : "1"
    const rest = ["manager", "apiVersion", "subresource"].map((name) => text(entry, name))
    return [text(entry, "operation"), timed, ...rest].join("\0")
  }
  return [...entries].sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0))
}
