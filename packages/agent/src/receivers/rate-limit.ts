/** Tokens that come back with time: `burst` at once, `perSecond` in the long run. */
export interface Limit {
  readonly burst: number
  readonly perSecond: number
}

interface Bucket {
  tokens: number
  at: number
}

/** So many callers are told apart; of more, the ones that have been quiet for longest are forgotten. */
const callersAtMost = 1_000

/** How often receivers may be called: by one address, and by all together. */
export class RateLimit {
  readonly #each: Limit
  readonly #all: Limit
  readonly #callers = new Map<string, Bucket>()
  readonly #together: Bucket

  constructor({ each, all }: { readonly each: Limit; readonly all: Limit }, now: number) {
    this.#each = each
    this.#all = all
    this.#together = { tokens: all.burst, at: now }
  }

  /** Whether a call at `now` (milliseconds) is let in; one that is not costs nothing. */
  admits(caller: string, now: number): boolean {
    const own = this.#callers.get(caller) ?? { tokens: this.#each.burst, at: now }
    refill(own, this.#each, now)
    refill(this.#together, this.#all, now)
    // Most recently seen last.
    this.#callers.delete(caller)
    this.#callers.set(caller, own)
    const [oldest] = this.#callers.keys()
    if (this.#callers.size > callersAtMost && oldest !== undefined) this.#callers.delete(oldest)
    if (own.tokens < 1 || this.#together.tokens < 1) return false
    own.tokens -= 1
    this.#together.tokens -= 1
    return true
  }
}

function refill(bucket: Bucket, { burst, perSecond }: Limit, now: number): void {
  bucket.tokens = Math.min(burst, bucket.tokens + (Math.max(0, now - bucket.at) / 1000) * perSecond)
  bucket.at = now
}
