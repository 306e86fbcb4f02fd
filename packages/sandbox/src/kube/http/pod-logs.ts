import { pipeline } from "node:stream/promises"
import { stringAt } from "../json.ts"
import type { NodeBackend } from "../node-backend.ts"
import { get, type Machinery, type Target } from "../verbs/index.ts"
import { containerOf, logOptions, requireBackend } from "./pods.ts"
import type { Exchange } from "./respond.ts"

/** `GET pods/log`: what a container has written, and with `follow` what it goes on to write. */
export async function sendLogs(
  machinery: Machinery,
  target: Target,
  backend: NodeBackend | undefined,
  exchange: Exchange,
): Promise<void> {
  const query = exchange.url.searchParams
  const options = logOptions(query)
  const pod = get(machinery, { ...target, subresource: "" })
  const container = containerOf(pod, query.get("container"))
  // A pod that nobody runs yet has written nothing.
  if ((stringAt(pod, "spec", "nodeName") ?? "") === "") {
    exchange.response.writeHead(204)
    exchange.response.end()
    return
  }
  const left = new AbortController()
  const { response } = exchange
  response.on("close", () => left.abort())
  const reference = { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name ?? "" }
  const logs = await requireBackend(backend).logs(reference, { ...options, container }, left.signal)
  response.writeHead(200, { "content-type": "text/plain" })
  response.flushHeaders()
  try {
    await pipeline(logs, response)
  } catch (error) {
    // The client may go when it has seen enough; anything else is an error.
    if (!left.signal.aborted) throw error
  }
}
