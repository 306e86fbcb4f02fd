/** What the load generator is to do; defaults are hey's. */
export interface LoadOptions {
  readonly url: URL
  readonly method: string
  readonly headers: readonly (readonly [string, string])[]
  readonly body: Buffer
  /** Requests in all; each worker does `floor(requests / workers)`. Infinity with a duration. */
  readonly requests: number
  readonly workers: number
  /** Requests a second of each worker; undefined: as fast as they are answered. */
  readonly rate: number | undefined
  readonly durationMs: number | undefined
  /** Of one request; undefined: none. */
  readonly timeoutMs: number | undefined
  readonly csv: boolean
  /** `host:port` of an HTTP proxy. */
  readonly proxy: string | undefined
  readonly keepAlive: boolean
  readonly followRedirects: boolean
}

/** The command line cannot be understood; the message says why. */
export class UsageError extends Error {
  override readonly name = "UsageError"
}

/** The flags, one a line. */
export const flagsHelp = `  -n N         requests in all (200); every worker does N/C of them
  -c C         workers, each with a connection of its own (50)
  -q RATE      requests a second of each worker; without it as fast as possible
  -z TIME      run that long instead of counting requests: 10s, 3m, 1h30m
  -o csv       a line for each response instead of the summary
  -m METHOD    GET, POST, PUT, DELETE, HEAD, OPTIONS, … (GET)
  -H FIELD     header field "name: value"; may be repeated
  -t SECONDS   limit for one request (20; 0: none)
  -A TYPE      Accept
  -d TEXT      body
  -D FILE      body from a file
  -T TYPE      Content-Type (text/html)
  -U AGENT     User-Agent
  -a USER:PASSWORD  basic authentication
  -x HOST:PORT      HTTP proxy
  -host NAME        Host header
  -disable-keepalive    a new connection for each request
  -disable-redirects    take a redirect for the answer
  -disable-compression, -cpus N   accepted, without effect

Ctrl-C ends the run and prints the summary so far.
`

export const usage = `Usage: hey [options] URL\n\n${flagsHelp}`
