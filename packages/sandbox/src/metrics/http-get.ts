import { request, type IncomingMessage } from "node:http"
import type { Duplex } from "node:stream"
import { once } from "node:events"
import { gunzipSync } from "node:zlib"

/** Connects to a target. Rejects as connect(2) does; destroys the connection when the signal aborts. */
export type Dial = (host: string, port: number, signal: AbortSignal) => Promise<Duplex>

/** An answer of more than this is refused rather than read, unless less is asked for. */
const mostBytes = 32 << 20
const maxRedirects = 10

export interface Got {
  /** Decompressed. */
  readonly body: Buffer
  readonly contentType: string
}

/** The answer is larger than was asked for. */
export class BodySizeError extends Error {
  override readonly name = "BodySizeError"
  constructor() {
    super("body size limit exceeded")
  }
}

export interface GetOptions {
  readonly dial: Dial
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  /** Milliseconds, for all of it. */
  readonly timeout: number
  readonly followRedirects: boolean
  /** Whether the answer may come compressed. Default: true. */
  readonly compressed?: boolean
  /** Of the answer, decompressed. */
  readonly maxBytes?: number
  /** Gives it up earlier. */
  readonly signal?: AbortSignal
}

/** One GET whose answer must be 200. Rejects with a sentence that names what went wrong, worded as Prometheus' client words it. */
export async function httpGet(options: GetOptions): Promise<Got> {
  // Not AbortSignal.any: a signal that lives long would keep one for each request.
  const giveUp = new AbortController()
  const abort = (): void => giveUp.abort()
  const timer = setTimeout(abort, options.timeout)
  options.signal?.addEventListener("abort", abort, { once: true })
  if (options.signal?.aborted) abort()
  try {
    return await followed(options, giveUp.signal)
  } finally {
    clearTimeout(timer)
    options.signal?.removeEventListener("abort", abort)
  }
}

async function followed(options: GetOptions, signal: AbortSignal): Promise<Got> {
  const { dial, url, headers, followRedirects, compressed = true, maxBytes = mostBytes } = options
  let next = url
  let sent = { ...headers, "accept-encoding": compressed ? "gzip" : "identity" }
  for (let redirects = 0; ; redirects += 1) {
    const answer = await exchange(dial, next, sent, maxBytes, signal)
    const location = answer.status >= 300 && answer.status < 400 && followRedirects ? answer.location : undefined
    if (location === undefined) {
      if (answer.status === 200) return answer
      throw new Error(`server returned HTTP status ${answer.status} ${answer.statusText}`)
    }
    if (redirects === maxRedirects) throw new Error(`Get "${location}": stopped after ${maxRedirects} redirects`)
    next = new URL(location, next)
    if (next.protocol !== "http:") throw new Error(`Get "${next.href}": only http is spoken here`)
    // Credentials are for the host that they were configured for.
    if (next.host !== url.host)
      sent = Object.fromEntries(Object.entries(sent).filter(([name]) => name !== "authorization")) as typeof sent
  }
}

type Answer = Got & { readonly status: number; readonly statusText: string; readonly location?: string }

async function exchange(
  dial: Dial,
  url: URL,
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Answer> {
  try {
    return await attempt(dial, url, headers, maxBytes, signal)
  } catch (error) {
    if (error instanceof BodySizeError) throw error
    const address = `${url.hostname}:${url.port === "" ? "80" : url.port}`
    throw new Error(`Get "${url.href}": ${signal.aborted ? "context deadline exceeded" : reason(error, address)}`, {
      cause: error,
    })
  }
}

async function attempt(
  dial: Dial,
  url: URL,
  headers: Readonly<Record<string, string>>,
  maxBytes: number,
  signal: AbortSignal,
): Promise<Answer> {
  const port = url.port === "" ? 80 : Number(url.port)
  const connection = await connected(dial, url.hostname, port, signal)
  const outgoing = request({
    path: `${url.pathname}${url.search}`,
    host: url.hostname,
    port,
    signal,
    createConnection: () => connection,
    headers: { ...headers, connection: "close" },
  })
  // A request that ends before or after anyone waits for it says so all the same; what it says is told by what is awaited.
  outgoing.on("error", () => undefined)
  outgoing.end()
  try {
    const [response] = (await once(outgoing, "response", { signal })) as [IncomingMessage]
    const received = await read(response, maxBytes)
    const { "content-type": contentType = "", "content-encoding": encoding, location } = response.headers
    const body = encoding === "gzip" ? unzipped(received, maxBytes) : received
    return {
      body,
      contentType,
      status: response.statusCode ?? 0,
      statusText: response.statusMessage ?? "",
      ...(location !== undefined && { location }),
    }
  } finally {
    connection.destroy()
  }
}

/** No later than the signal says; a connection that comes later still is closed. */
async function connected(dial: Dial, host: string, port: number, signal: AbortSignal): Promise<Duplex> {
  signal.throwIfAborted()
  const dialing = dial(host, port, signal)
  let giveUp: () => void = () => undefined
  const aborted = new Promise<never>((_, reject) => {
    giveUp = () => reject(signal.reason as Error)
    signal.addEventListener("abort", giveUp, { once: true })
  })
  try {
    return await Promise.race([dialing, aborted])
  } catch (error) {
    void dialing.then(
      (late) => late.destroy(),
      () => undefined,
    )
    throw error
  } finally {
    signal.removeEventListener("abort", giveUp)
  }
}

function unzipped(body: Buffer, maxBytes: number): Buffer {
  try {
    return gunzipSync(body, { maxOutputLength: maxBytes })
  } catch (error) {
    throw (error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE" ? new BodySizeError() : error
  }
}

async function read(response: IncomingMessage, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of response as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size > maxBytes) throw new BodySizeError()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

/** What Go says of a connection that failed; the system's own words where they are not known. */
function reason(error: unknown, address: string): string {
  const { code, message } = error as NodeJS.ErrnoException
  if (code === "ECONNREFUSED") return `dial tcp ${address}: connect: connection refused`
  if (code === "EHOSTUNREACH") return `dial tcp ${address}: connect: no route to host`
  return code === "ECONNRESET" ? "EOF" : message
}
