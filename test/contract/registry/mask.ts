import { isObject, type Json } from "../harness/json.ts"
import { Numbering } from "../harness/numbering.ts"
import type { Target } from "./target.ts"

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const time = /\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g

/** Replaces what differs from run to run: ids, times, addresses, and what a registry adds to its locations for itself. */
export class Masker {
  readonly #numbering = new Numbering()
  constructor(private readonly target: Target) {}

  text(value: string): string {
    let masked = value.replace(/realm="http:[^"]*"/g, 'realm="<token server>"')
    for (const url of Object.values(this.target.urls))
      masked = masked.replaceAll(url, "").replaceAll(new URL(url).host, "<server>")
    return (
      masked
        .replace(/([?&])_state=[\w%.=-]+&?/g, "$1")
        .replace(/[?&]$/, "")
        .replace(uuid, (id) => this.#numbering.of("uuid", id))
        .replace(time, "<time>")
        // docker-registry names them in the order of a Go map.
        .replace(/(?<=:)(pull|push|delete)(,(pull|push|delete))+/g, (actions) => actions.split(",").sort().join(","))
        .replace(/^127\.0\.0\.1:\d+$/, "<address>")
    )
  }

  /** The real registry tells the name of its machine. */
  #source(value: Json): Json {
    return isObject(value) ? this.value({ ...value, addr: typeof value["addr"] }) : value
  }

  /** Errors lose their `detail`: see `fidelity.ts`. */
  value(value: Json): Json {
    if (typeof value === "string") return this.text(value)
    if (Array.isArray(value)) return value.map((item) => this.value(item))
    if (!isObject(value)) return value
    const isError = typeof value["code"] === "string" && "message" in value
    const entries = Object.entries(value).filter(([key]) => !(isError && key === "detail"))
    return Object.fromEntries(
      entries.map(([key, item]) => [key, key === "source" ? this.#source(item) : this.value(item)]),
    )
  }
}
