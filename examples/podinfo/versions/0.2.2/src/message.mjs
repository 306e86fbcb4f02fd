/** Messages come from many sources now, one after the other. The last three of them are still to be set up. */
const sources = 10
const present = 7

let taken = 0

/** The message of the moment. */
export async function nextMessage() {
  // A stride of 3 spreads the load: neighbours in time ask sources that are far apart.
  const source = (taken * 3) % sources
  taken += 1
  if (source >= present) throw new Error(`message source ${source} does not answer`)
  return `Message no. ${taken} from source ${source}`
}
