import type { Tree } from "../edit/edit.ts"
import { locate } from "../edit/locate.ts"
import { valueAt } from "../edit/path.ts"
import { parseDelivery, type Delivery, type DeliveryStatus } from "./delivery.ts"
import { deliveryName, type CanaryRef } from "./rollout.ts"

/**
 * The highest state of a canary that the branch went through. `trees` hold the Delivery's file, newest first. A Delivery that
 * was removed began anew: what was before its removal does not count.
 */
export function highestState(trees: readonly Tree[], ref: CanaryRef): Delivery | undefined {
  let highest: Delivery | undefined
  for (const tree of trees) {
    const texts = [...tree.files.values()].filter((text) => text.includes("Delivery") && text.includes(ref.name))
    if (texts.length === 0) break
    // Parsing costs, and nearly all of a history lies below its newest state.
    if (!texts.some((text) => mentionsAbove(text, highest?.seq ?? 0))) continue
    const found = locate(tree, deliveryName(ref))
    // A state that somebody broke, and mended later, was none.
    const read = found.ok ? parseDelivery(valueAt(found.located.object, ["spec"])) : undefined
    if (read?.ok === true && read.delivery.seq > (highest?.seq ?? 0)) highest = read.delivery
  }
  return highest
}

function mentionsAbove(text: string, seq: number): boolean {
  return [...text.matchAll(/\bseq\b\D{0,4}(\d+)/g)].some(([, number]) => Number(number) > seq)
}

/**
 * What a state in Git's history adds to what the cluster remembers. An agent that was killed between a push and the status
 * that remembers it has seen that state all the same: it has made it. Without this a human's revert of it would look like a
 * push that never arrived, and the step would be taken again.
 */
export function recall(
  before: DeliveryStatus,
  head: Delivery | undefined,
  highest: Delivery | undefined,
): DeliveryStatus {
  if (head === undefined || highest === undefined) return before
  if (highest.seq <= Math.max(before.seq ?? 0, head.seq)) return before
  const phase = before.phase === undefined ? {} : { phase: highest.phase }
  return { ...before, seq: highest.seq, seal: highest.seal, ...phase, rejected: highest.rejected }
}
