import { request, type IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { once } from "node:events"

/** Connects to a target. Rejects as connect(2) does; destroys the connection when the signal aborts. */
export type Dial = (host: string, port: number, signal: AbortSignal) => Promise<Duplex>

/** A target that answers more than this is refused rather than read. */
const maxBytes = 32 << 20

export interface Scrape {
  readonly text: string
  readonly openMetrics: boolean
}

/** One GET of a target's metrics, within `timeout` milliseconds. Rejects with a sentence that names what went wrong. */
export async function fetchMetrics(dial: Dial, address: string, path: string, timeout: number): Promise<Scrape> {
  const signal = AbortSignal.timeout(timeout)
  try {
    return await get(dial, address, path, timeout, signal)
  } catch (error) {
    if (signal.aborted) throw new Error("context deadline exceeded", { cause: error })
    throw error
  }
}

async function get(dial: Dial, address: string, path: string, timeout: number, signal: AbortSignal): Promise<Scrape> {
  const separator = address.lastIndexOf(":")
  const host = separator === -1 ? address : address.slice(0, separator)
  const port = separator === -1 ? 80 : Number(address.slice(separator + 1))
  const connection = await dial(host, port, signal)
  const outgoing = request({
    path,
    host,
    port,
    signal,
    createConnection: () => connection,
    headers: {
      accept: "text/plain;version=0.0.4;q=0.5,*/*;q=0.1",
      "user-agent": "Prometheus/3.0",
      connection: "close",
      "x-prometheus-scrape-timeout-seconds": String(timeout / 1000),
    },
  })
  // A request that ends before or after anyone waits for it says so all the same; what it says is told by what is awaited.
  outgoing.on("error", () => undefined)
  outgoing.end()
  try {
    const [response] = (await once(outgoing, "response", { signal })) as [IncomingMessage]
    const chunks: Buffer[] = []
    let size = 0
    for await (const chunk of response as AsyncIterable<Buffer>) {
      size += chunk.length
      if (size > maxBytes) throw new Error(`answer is larger than ${maxBytes} bytes`)
      chunks.push(chunk)
    }
    if (response.statusCode !== 200) {
      throw new Error(`server returned HTTP status ${response.statusCode} ${response.statusMessage}`)
    }
    const openMetrics = (response.headers["content-type"] ?? "").startsWith("application/openmetrics-text")
    return { text: Buffer.concat(chunks).toString(), openMetrics }
  } finally {
    connection.destroy()
  }
}
