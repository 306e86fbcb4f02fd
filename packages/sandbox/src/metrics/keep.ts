import type { Log } from "../log.ts"

/** Runs what writes samples to the disk. A disk that is full costs them, and is told; what is in memory is answered all the same. */
export function keep(log: Log, write: () => void): void {
  try {
    write()
  } catch (error) {
    if (!(error instanceof Error && "code" in error)) throw error
    log("samples could not be kept: after a restart they are missing", { error })
  }
}
