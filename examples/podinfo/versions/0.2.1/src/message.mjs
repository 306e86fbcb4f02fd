import { setTimeout as sleep } from "node:timers/promises"

/** Messages come in boxes of this many. */
const boxSize = 25
/** How long the source takes to send a box. */
const deliveryMs = 950

let taken = 0
let delivery

/** The message of the moment. The next box is ordered while there are messages left, and nobody waits for it. */
export async function nextMessage() {
  taken += 1
  if (taken % boxSize === 0) delivery ??= orderBox()
  return `Message no. ${taken} from podinfo`
}

async function orderBox() {
  await sleep(deliveryMs, undefined, { ref: false })
  delivery = undefined
}
