import type { Http } from "../harness/http.ts"
import type { Json } from "../harness/json.ts"

/** A watch under way. */
export class Watch {
  readonly #abort = new AbortController()
  readonly #events: Json[] = []
  #ended = false
  #wake: () => void = () => undefined

  constructor(
    http: Http,
    readonly path: string,
    accept: string,
  ) {
    const request = { method: "GET", path, headers: { accept, "user-agent": "contract/1.0" } }
    void http
      .stream(request, this.#abort.signal, (line) => this.#push(JSON.parse(line) as Json))
      .catch((error: unknown) => {
        if (!this.#abort.signal.aborted) this.#push(`broken off: ${String(error)}`)
      })
      .finally(() => {
        this.#ended = true
        this.#wake()
      })
  }

  /** The next events; fewer if they do not come in time or the watch ends. */
  async take(count: number, withinMs: number): Promise<Json[]> {
    await this.#waitUntil(() => this.#events.length >= count, withinMs)
    return this.#events.splice(0, count)
  }

  /** What is left when the server ends it. */
  async rest(withinMs: number): Promise<Json[]> {
    await this.#waitUntil(() => this.#ended, withinMs)
    return this.#events.splice(0)
  }

  ended(): boolean {
    return this.#ended
  }

  close(): void {
    this.#abort.abort()
  }

  #push(event: Json): void {
    this.#events.push(event)
    this.#wake()
  }

  async #waitUntil(condition: () => boolean, withinMs: number): Promise<void> {
    const deadline = Date.now() + withinMs
    while (!condition() && !this.#ended) {
      const left = deadline - Date.now()
      if (left <= 0) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, left)
        this.#wake = () => {
          clearTimeout(timer)
          resolve()
        }
      })
    }
  }
}
