import type { FastifyError, FastifyReply } from "fastify"
import { messageOf, SerinError } from "../errors.ts"
import type { Log } from "../runtime/index.ts"
import type { Problem } from "./types.ts"

/** Answers any failure as `Problem`. What is not expected is logged with its stack and answered without it. */
export function sendProblem(reply: FastifyReply, error: unknown, log: Log): FastifyReply {
  const failure = asSerinError(error)
  if (failure.code === "INTERNAL")
    log("request failed", {
      path: reply.request.url,
      error: messageOf(error),
      stack: error instanceof Error ? error.stack : undefined,
    })
  const problem: Problem = {
    code: failure.code,
    message: failure.message,
    next: failure.next,
    ...(failure.position ? { position: failure.position } : {}),
  }
  return reply.code(failure.status).send(problem)
}

function asSerinError(error: unknown): SerinError {
  if (error instanceof SerinError) return error
  const status = (error as Partial<FastifyError>).statusCode
  // Fastify's own refusals: a body that is no JSON, too large, and so on.
  if (status !== undefined && status >= 400 && status < 500)
    return new SerinError("REQUEST_INVALID", messageOf(error), { cause: error })
  return new SerinError("INTERNAL", "the agent failed on this request", { cause: error })
}
