import type { Pod } from "../../kube/types.gen.ts"

const FIRST_DELAY_MS = 10_000
const LONGEST_DELAY_MS = 600_000

/** How long to wait before a failed pod is replaced, in milliseconds: ever longer, counted from the last failure. */
export function retryDelay(pods: readonly Pod[], failures: number, now: number): number {
  const ends = pods
    .filter((pod) => pod.status?.phase === "Failed")
    .map((pod) =>
      Math.max(...(pod.status?.containerStatuses ?? []).map(({ state }) => time(state?.terminated?.finishedAt))),
    )
    .filter(Number.isFinite)
  if (failures === 0 || ends.length === 0) return 0
  const delay = Math.min(FIRST_DELAY_MS * 2 ** (failures - 1), LONGEST_DELAY_MS)
  return Math.max(0, Math.max(...ends) + delay - now)
}

const time = (stamp: string | undefined): number => (stamp === undefined ? -Infinity : Date.parse(stamp))
