import { vi } from "vitest"

/** Waits until the check no longer throws, and fails with its last error when that takes too long on any machine. */
export function until<T>(check: () => T | Promise<T>): Promise<T> {
  return vi.waitFor(check, { timeout: 30_000, interval: 10 })
}
