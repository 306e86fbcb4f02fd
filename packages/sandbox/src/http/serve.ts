import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http"
import type { Log } from "../log.ts"
import { BodyTooLargeError, send } from "./messages.ts"

type Handler = (request: IncomingMessage, response: ServerResponse, url: URL) => Promise<void> | void

/**
 * A server for protocols of the embedded world. Requests whose Host is not this machine are refused (421), so that a web
 * page cannot reach it under a name of its own (DNS rebinding). What a handler throws and does not answer itself is a 500.
 */
export function createLocalServer(what: string, handler: Handler, log: Log): Server {
  return createServer((request, response) => {
    const host = request.headers.host
    if (host === undefined || !isLocalHost(host)) {
      send(response, 421, `The ${what} answers to 127.0.0.1 and localhost only.\n`)
      return
    }
    handle(request, response, new URL(request.url ?? "/", `http://${host}`), handler).catch((error: unknown) => {
      answerFailure(response, error)
      // A client that went away is no news.
      if (request.destroyed && !request.complete) return
      if (!(error instanceof BodyTooLargeError)) log("request failed", { server: what, path: request.url, error })
    })
  })
}

async function handle(request: IncomingMessage, response: ServerResponse, url: URL, handler: Handler): Promise<void> {
  await handler(request, response, url)
}

function answerFailure(response: ServerResponse, error: unknown): void {
  if (response.headersSent) {
    response.destroy()
  } else if (error instanceof BodyTooLargeError) {
    send(response, 413, `${error.message}\n`, { connection: "close" })
  } else {
    send(response, 500, "Internal error; the cause is in the log.\n")
  }
}

function isLocalHost(header: string): boolean {
  return /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i.test(header)
}
