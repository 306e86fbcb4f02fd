import fastify from "fastify"
import { listenFailure, sendProblem, type Address } from "../api/index.ts"
import { SerinError } from "../errors.ts"
import type { Clock } from "../runtime/index.ts"
import { RateLimit } from "./rate-limit.ts"
import { addReceivers, type ReceiverOptions } from "./receivers.ts"

export interface ReceiverServerOptions extends ReceiverOptions {
  readonly listen: Address
  readonly clock: Clock
}

/** A push with thousands of commits is about this large. */
const maxBody = 1 << 20
/** Ample for people's pushes and a builder's images; too little to keep the agent busy with checking signatures. */
const limits = { each: { burst: 40, perSecond: 10 }, all: { burst: 100, perSecond: 30 } }

/**
 * The receivers of webhooks, on a port of their own: it can be opened to a git host and a registry without the page and the API.
 * Rejects with LISTEN_IN_USE.
 */
export async function startReceivers(options: ReceiverServerOptions): Promise<{ close(): Promise<void> }> {
  const { listen, clock, log } = options
  const limit = new RateLimit(limits, clock.now())
  const app = fastify({ bodyLimit: maxBody, forceCloseConnections: true, requestTimeout: 10_000 })
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, error, log))
  app.setNotFoundHandler((request, reply) =>
    sendProblem(
      reply,
      new SerinError("NOT_FOUND", `there is no ${request.method} ${request.url.split("?")[0] ?? ""}`, {
        next: "Webhooks are received at /hooks/git/NAMESPACE/REPOSITORY and /hooks/registry/NAMESPACE.",
      }),
      log,
    ),
  )
  // Before the body is read, let alone its signature checked.
  app.addHook("onRequest", (request, _reply, done) =>
    done(limit.admits(request.ip, clock.now()) ? undefined : new SerinError("THROTTLED", "too many webhooks at once")),
  )
  addReceivers(app, options)
  try {
    await app.listen({ host: listen.host, port: listen.port })
  } catch (error) {
    throw listenFailure(listen, error)
  }
  return { close: () => app.close() }
}
