/** What the tests and the pods' program tell each other, in JSON. */

/** A request to be sent from a pod. */
export interface Order {
  /** Where it connects to; the name in `host` is what routes look at. */
  readonly connect: string
  readonly port: number
  readonly method: string
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  /** How often, and how many of these at a time. */
  readonly times: number
  readonly atOnce: number
}

export interface Answer {
  readonly status: number
  /** Names and values as they came, one after the other. */
  readonly headers: readonly string[]
  readonly body: string
  readonly ms: number
  /** There was no answer: the system's or Node's code. */
  readonly error?: string
}

/** What a pod says of a request that it got: the body of its answers. */
export interface Seen {
  readonly pod: string
  readonly method: string
  readonly path: string
  /** As in `Answer`. */
  readonly headers: readonly string[]
  readonly body: string
}

/**
 * Header fields of a request by which a case tells the pods what to do with it.
 * `script`: `KEY 503 delay:3000 reset 200`: the first request with that key that a pod gets is answered by 503, the second
 * after 3 s, the third not at all, the fourth and all later ones by 200.
 * `fails`: name of the pod that answers 500 to it, for as long as requests say so.
 * `remember`: each pod keeps what it saw, for `GET /remembered?key=KEY` at that pod.
 */
export const controls = { script: "x-script", fails: "x-fails", remember: "x-remember" } as const
