import type { HookMemory } from "./memory.ts"

const FIRST_MS = 1_000
/** Somebody waits for a gate or a pre-rollout hook; a message can come later. */
const LONGEST_ASKED_MS = 30_000
const LONGEST_TOLD_MS = 300_000

/** When a call that did not get its yes is made again, ms since the epoch: after a pause that doubles. */
export function againAt({ last, attempts, tell }: HookMemory): number {
  if (last === undefined) return 0
  const longest = tell === undefined ? LONGEST_ASKED_MS : LONGEST_TOLD_MS
  return Date.parse(last.at) + Math.min(longest, FIRST_MS * 2 ** Math.min(attempts - 1, 20))
}
