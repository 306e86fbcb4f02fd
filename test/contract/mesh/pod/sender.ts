import { Agent, request } from "node:http"
import type { Answer, Order } from "./wire.ts"

const agent = new Agent({ keepAlive: true })
/** Longer than anything that a case lets a proxy wait for. */
const limitMs = 20_000

/** Sends a request as often as it says; answers are in the order of sending. */
export async function sendAll(order: Order): Promise<Answer[]> {
  const answers: Answer[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < order.times) {
      const index = next++
      answers[index] = await send(order)
    }
  }
  await Promise.all(Array.from({ length: Math.min(order.atOnce, order.times) }, work))
  return answers
}

function send({ connect: host, port, method, path, headers, body }: Order): Promise<Answer> {
  const started = performance.now()
  return new Promise((resolve) => {
    const failed = (error: NodeJS.ErrnoException): void =>
      resolve({ status: 0, headers: [], body: "", ms: performance.now() - started, error: error.code ?? error.message })
    const length: Readonly<Record<string, string>> =
      body === "" ? {} : { "content-length": String(Buffer.byteLength(body)) }
    const call = request(
      { host, port, method, path, headers: { ...headers, ...length }, agent, signal: AbortSignal.timeout(limitMs) },
      (response) => {
        const chunks: Buffer[] = []
        response.on("data", (chunk: Buffer) => chunks.push(chunk))
        response.on("error", failed)
        response.on("end", () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.rawHeaders,
            body: Buffer.concat(chunks).toString("utf8"),
            ms: performance.now() - started,
          }),
        )
      },
    )
    call.on("error", failed)
    call.end(body)
  })
}
