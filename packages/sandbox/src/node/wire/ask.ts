import { connect, type Socket } from "node:net"
import { NodeError } from "../node.ts"
import { sendJson, takeJson } from "./lines.ts"
import type { Answer, OutsideRequest, Request } from "./requests.ts"

/**
 * Asks the process at the other end one thing. The connection is given back for what follows the answer; ending it is the caller's
 * part. Rejects with the `NodeError` that it answered, or NODE_GONE.
 */
export async function ask<T>(
  path: string,
  request: Request | OutsideRequest,
): Promise<{ answer: T; connection: Socket }> {
  const connection = connect({ path, allowHalfOpen: true })
  let failure: Error | undefined
  // Kept for the life of the connection: who uses it sees its close, and an error without a listener would end the host.
  connection.on("error", (error) => (failure = error))
  try {
    await connected(connection)
    sendJson(connection, request)
    const answer = await takeJson<Answer<T>>(connection)
    if (answer === undefined) throw gone(failure?.message ?? `it ended while asked to ${request.op}`)
    if ("error" in answer) throw new NodeError(answer.error.code, answer.error.message)
    return { answer: answer.ok, connection }
  } catch (error) {
    connection.destroy()
    throw error instanceof NodeError ? error : gone(String(error))
  }
}

/** For requests with nothing after the answer. */
export async function askOnly<T>(path: string, request: Request): Promise<T> {
  const { answer, connection } = await ask<T>(path, request)
  connection.destroy()
  return answer
}

function connected(socket: Socket): Promise<void> {
  return new Promise((resolve, reject) => {
    socket.once("connect", resolve)
    socket.once("error", reject)
  })
}

const gone = (cause: string): NodeError =>
  new NodeError("NODE_GONE", `the process that runs the pods is gone (${cause}); start the sandbox again`)
