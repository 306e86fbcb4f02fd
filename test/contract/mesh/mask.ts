import { Numbering } from "../harness/numbering.ts"

const uuid = /\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/g
const address = /\b\d{1,3}(\.\d{1,3}){3}\b(:\d+)?/g

/** Replaces what differs from run to run and from world to world: request ids, addresses, milliseconds. */
export class Masker {
  readonly #numbering = new Numbering()

  text(value: string): string {
    return value.replace(uuid, (id) => this.#numbering.of("uuid", id)).replace(address, "<address>")
  }

  field(name: string, value: string): string {
    if (name === "x-envoy-upstream-service-time") return "<ms>"
    return this.text(value)
  }
}

/** A webhook's name is whoever's who set it up. */
export const withoutWebhookName = (message: string): string => message.replace(/admission webhook "[^"]*"/, "istiod")
