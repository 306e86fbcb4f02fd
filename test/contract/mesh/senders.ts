import { Http } from "../harness/http.ts"
import { senderHost, servicePort } from "./manifests.ts"
import { sendAll } from "./pod/sender.ts"
import type { Answer, Order } from "./pod/wire.ts"
import { namespace, otherNamespace, type Sender, type Target } from "./target.ts"

/** A request of a case. */
export interface Ask {
  /** Default: the pod in the services' namespace. */
  readonly from?: Sender
  readonly method?: string
  /** Default: `/`. */
  readonly path?: string
  /** What the Host header says; default: what it connects to. */
  readonly host?: string
  /** The name that a pod connects to; default: the case's service. */
  readonly connect?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
}

const spaces = { client: namespace, neighbour: otherNamespace } as const

/** Sends requests to the mesh of a target, from the inside and from the outside. */
export class Senders {
  readonly #http: Http
  constructor(private readonly target: Target) {
    const { host, port } = target.ingress
    this.#http = new Http(`http://${host}:${String(port)}`)
  }

  async send(ask: Ask & { readonly connect: string }, times = 1, atOnce = 1): Promise<Answer[]> {
    const { from = "client", method = "GET", path = "/", connect, host = connect, headers = {}, body = "" } = ask
    const order: Order = {
      connect,
      port: servicePort,
      method,
      path,
      headers: { host, ...headers },
      body,
      times,
      atOnce,
    }
    if (from === "gateway") {
      const { host: address, port } = this.target.ingress
      return sendAll({ ...order, connect: address, port })
    }
    const response = await this.#http.send({
      method: "POST",
      path: "/send-all",
      headers: { host: senderHost(spaces[from]) },
      body: JSON.stringify(order),
    })
    if (response.status !== 200) throw new Error(`the sender says ${String(response.status)} ${response.text}`)
    return JSON.parse(response.text) as Answer[]
  }

  close(): void {
    this.#http.close()
  }
}
