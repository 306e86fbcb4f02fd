import { setTimeout as sleep } from "node:timers/promises"

/** Messages come in boxes of this many. */
const boxSize = 25
/** How long the source takes to send a box. */
const deliveryMs = 950

let taken = 0

/** The message of the moment. Whoever takes the last one of a box waits for the next box. */
export async function nextMessage() {
  taken += 1
  if (taken % boxSize === 0) await sleep(deliveryMs)
  return `Message no. ${taken} from podinfo`
}
