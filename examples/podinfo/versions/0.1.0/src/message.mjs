/** The message of the moment. */
export async function nextMessage() {
  return "Hello from podinfo"
}
