import http from "node:http"
import https from "node:https"
import { CurlError, type CurlOptions } from "./options.ts"
import type { CurlRequest } from "./request.ts"

/** What a transfer tells while it goes on. */
export interface TransferSink {
  /** A line of -v, with its mark: `*`, `>` or `<`. */
  note(mark: string, text: string): void
  /** The head of an answer as it came; `final`: no redirect will be followed from it. */
  head(text: string, final: boolean): void
  body(bytes: Buffer): void
}

export interface Transferred {
  readonly status: number
  readonly url: string
  readonly method: string
  readonly contentType: string
  readonly remoteIp: string
  readonly remotePort: number
  readonly redirects: number
  readonly headerBytes: number
  readonly bodyBytes: number
  readonly uploadBytes: number
  /** Seconds since the start. */
  readonly nameLookup: number
  readonly connect: number
  readonly startTransfer: number
  readonly total: number
}

/** Sends a request and follows redirects where asked. Rejects with CurlError. */
export async function transfer(first: CurlRequest, options: CurlOptions, sink: TransferSink): Promise<Transferred> {
  const started = performance.now()
  const limit = options.maxTimeMs === undefined ? undefined : AbortSignal.timeout(options.maxTimeMs)
  let request = first
  for (let redirects = 0; ; redirects++) {
    const done = await once(request, options, sink, started, limit)
    const next = options.location ? done.location : undefined
    if (next === undefined) return { ...done.result, redirects }
    if (redirects === options.maxRedirects) {
      throw new CurlError(47, `Maximum (${options.maxRedirects}) redirects followed`)
    }
    request = redirected(request, new URL(next, request.url), done.result.status, options)
  }
}

/** After 301 to 303 a POST becomes a GET; a password is not told to another host. */
function redirected(request: CurlRequest, url: URL, status: number, options: CurlOptions): CurlRequest {
  const headers = new Map(request.headers)
  headers.set("Host", url.host)
  if (url.origin !== request.url.origin) headers.delete("Authorization")
  const keepsBody = status > 303 || request.body === undefined || options.method !== undefined
  if (keepsBody) return { ...request, url, headers }
  headers.delete("Content-Length")
  headers.delete("Content-Type")
  return { url, method: "GET", headers, body: undefined }
}

type OnceResult = { readonly result: Omit<Transferred, "redirects">; readonly location: string | undefined }

function once(
  { url, method, headers, body }: CurlRequest,
  options: CurlOptions,
  sink: TransferSink,
  started: number,
  limit: AbortSignal | undefined,
): Promise<OnceResult> {
  const since = (): number => (performance.now() - started) / 1000
  return new Promise((resolve, reject) => {
    let nameLookup = 0
    let connect = 0
    let remoteIp = ""
    let remotePort = 0
    const secure = url.protocol === "https:"
    const outgoing = (secure ? https : http).request({
      method,
      host: url.hostname.replace(/^\[(.*)\]$/, "$1"),
      port: url.port || (secure ? 443 : 80),
      path: `${url.pathname}${url.search}`,
      headers: Object.fromEntries(headers),
      setHost: false,
      agent: false,
      ...(secure ? { rejectUnauthorized: !options.insecure } : {}),
      ...(limit ? { signal: limit } : {}),
    })
    // As curl: no Connection field, although the connection is not used again.
    outgoing.removeHeader("connection")
    const connectTimer =
      options.connectTimeoutMs === undefined
        ? undefined
        : setTimeout(() => outgoing.destroy(new CurlError(28, "Connection timed out")), options.connectTimeoutMs)
    outgoing.on("socket", (socket) => {
      socket.once("lookup", () => (nameLookup = since()))
      socket.once("connect", () => {
        connect = since()
        clearTimeout(connectTimer)
        remoteIp = socket.remoteAddress ?? ""
        remotePort = socket.remotePort ?? 0
        sink.note("*", `Connected to ${url.hostname} (${remoteIp}) port ${remotePort}`)
        sink.note(">", `${method} ${url.pathname}${url.search} HTTP/1.1`)
        for (const [name, value] of headers) sink.note(">", `${name}: ${value}`)
        sink.note(">", "")
      })
    })
    outgoing.on("error", (error: NodeJS.ErrnoException) => {
      clearTimeout(connectTimer)
      reject(describe(error, url, since()))
    })
    outgoing.on("response", (incoming) => {
      const startTransfer = since()
      const head = headText(incoming)
      for (const line of head.trimEnd().split("\r\n")) sink.note("<", line)
      sink.note("<", "")
      const status = incoming.statusCode ?? 0
      const location = status >= 300 && status < 400 ? incoming.headers.location : undefined
      const final = !(options.location && location !== undefined)
      sink.head(head, final)
      let bodyBytes = 0
      incoming.on("data", (chunk: Buffer) => {
        bodyBytes += chunk.length
        if (final) sink.body(chunk)
      })
      incoming.on("error", (error) => reject(describe(error, url, since())))
      incoming.on("end", () =>
        resolve({
          location,
          result: {
            status,
            url: url.href,
            method,
            contentType: incoming.headers["content-type"] ?? "",
            remoteIp,
            remotePort,
            headerBytes: head.length,
            bodyBytes,
            uploadBytes: body?.length ?? 0,
            nameLookup,
            connect,
            startTransfer,
            total: since(),
          },
        }),
      )
    })
    outgoing.end(body)
  })
}

function headText(incoming: http.IncomingMessage): string {
  const { rawHeaders } = incoming
  let text = `HTTP/${incoming.httpVersion} ${incoming.statusCode ?? 0} ${incoming.statusMessage ?? ""}\r\n`
  for (let i = 0; i < rawHeaders.length; i += 2) text += `${rawHeaders[i] ?? ""}: ${rawHeaders[i + 1] ?? ""}\r\n`
  return `${text}\r\n`
}

function describe(error: NodeJS.ErrnoException, url: URL, seconds: number): CurlError {
  if (error instanceof CurlError) return error
  const place = `${url.hostname} port ${url.port || (url.protocol === "https:" ? 443 : 80)}`
  const ms = Math.round(seconds * 1000)
  const code = error instanceof AggregateError ? (error.errors[0] as NodeJS.ErrnoException).code : error.code
  switch (code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return new CurlError(6, `Could not resolve host: ${url.hostname}`)
    case "ECONNREFUSED":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "ETIMEDOUT":
      return new CurlError(7, `Failed to connect to ${place} after ${ms} ms: Couldn't connect to server`)
    case "ABORT_ERR":
      return new CurlError(28, `Operation timed out after ${ms} milliseconds`)
    case "ECONNRESET":
      return error.message === "socket hang up"
        ? new CurlError(52, "Empty reply from server")
        : new CurlError(56, "Recv failure: Connection reset by peer")
    default:
      return /certificate|self.signed/i.test(error.message)
        ? new CurlError(60, `SSL certificate problem: ${error.message}`)
        : new CurlError(56, `Failure when receiving data from the peer: ${error.message}`)
  }
}
