/** Delays that double with each failure of a key, up to a limit, and begin anew after a long time without one. */
export class Backoff {
  private readonly entries = new Map<string, { delay: number; last: number }>()

  /** Milliseconds. The kubelet's: 10 s to 5 min. */
  constructor(
    private readonly first: number,
    private readonly limit: number,
  ) {}

  /** How long after `since` the key has to wait; 0 when it need not. `since` is when it failed. */
  delay(key: string, since: number): number {
    const entry = this.entries.get(key)
    return entry === undefined || this.expired(entry, since) ? 0 : entry.delay
  }

  /** Counts a failure at `now`. */
  next(key: string, now: number): void {
    const entry = this.entries.get(key)
    const delay = entry === undefined || this.expired(entry, now) ? this.first : Math.min(entry.delay * 2, this.limit)
    this.entries.set(key, { delay, last: now })
  }

  forget(prefix: string): void {
    for (const key of this.entries.keys()) if (key.startsWith(prefix)) this.entries.delete(key)
  }

  private expired(entry: { readonly last: number }, now: number): boolean {
    return now - entry.last > 2 * this.limit
  }
}
