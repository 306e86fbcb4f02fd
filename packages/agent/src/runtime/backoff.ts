export interface Backoff {
  readonly firstMs: number
  readonly maxMs: number
}

export const defaultBackoff: Backoff = { firstMs: 250, maxMs: 30_000 }

/** Pause before attempt `failures + 1`: doubles each time, less up to a quarter of it at random so that keys spread out. */
export function backoffMs(backoff: Backoff, failures: number, random: number): number {
  const full = Math.min(backoff.maxMs, backoff.firstMs * 2 ** Math.min(Math.max(failures - 1, 0), 30))
  return Math.round(full * (1 - random / 4))
}
