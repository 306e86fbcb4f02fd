/** Envoy's default for what it keeps of a request for retries and mirrors. */
const maxBytes = 1024 * 1024

/** The body of a request as far as it has come, kept so that it can be sent again. */
export class RequestBuffer {
  bytes = 0
  complete = false
  #chunks: Buffer[] | undefined = []

  add(chunk: Buffer): void {
    this.bytes += chunk.length
    this.#chunks?.push(chunk)
  }

  /** Whether everything that came is still here. */
  get whole(): boolean {
    return this.#chunks !== undefined
  }

  get full(): boolean {
    return this.bytes > maxBytes
  }

  /** What is kept; empty after `forget`. */
  get chunks(): readonly Buffer[] {
    return this.#chunks ?? []
  }

  /** Lets go of a body that is too large to be kept, once somebody has been sent all of it. */
  forgetIfFull(): void {
    if (this.full) this.#chunks = undefined
  }
}
