import { mkdtemp, rm } from "node:fs/promises"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { onTestFinished } from "vitest"

/** An empty folder that is removed after the test. */
export async function temporaryFolder(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), "serin-test-"))
  onTestFinished(() => rm(folder, { recursive: true, force: true }))
  return folder
}

/** Closes what the test started, after it, last first. */
export function closing<T extends { close(): Promise<void> }>(started: T): T {
  onTestFinished(() => started.close())
  return started
}
