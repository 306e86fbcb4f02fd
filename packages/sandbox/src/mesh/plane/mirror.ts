import type { Framing, RequestHead, ResponseHead } from "../../http1/index.ts"
import { Attempt, type AttemptOwner } from "./attempt.ts"
import type { Cluster } from "./cluster.ts"
import type { PlaneServices, Proxy } from "./proxy.ts"
import type { RequestBuffer } from "./request-buffer.ts"
import { renderRequest } from "./upstream-request.ts"

/** Nobody waits for a mirrored answer: one that takes longer is dropped. */
const limitMs = 15_000

/**
 * Sends a copy of a complete request to another cluster and drops the answer. The sender's side does not report it (it
 * is no request of its program's), the receiver's does. That it comes from inside, and from where, tells it from the
 * original: istiod turns Envoy's `-shadow` behind the host's name off.
 */
export function sendMirror(
  services: PlaneServices,
  proxy: Proxy,
  cluster: Cluster,
  original: RequestHead,
  request: RequestBuffer,
  protocol: "http" | "grpc",
): void {
  const endpoint = cluster.choose(services.random, services.now())
  if (!endpoint) return
  const head: RequestHead = { ...original, fields: original.fields.copy() }
  const before = head.fields.joined("x-forwarded-for")
  const own = proxy.pod?.ip ?? "127.0.0.1"
  head.fields.set("x-forwarded-for", before === undefined ? own : `${before},${own}`)
  head.fields.set("x-envoy-internal", "true")
  const done = (): void => clearTimeout(timer)
  const owner: AttemptOwner = {
    request,
    protocol,
    headBytes: head.fields.size,
    interim: (_head: ResponseHead) => undefined,
    answered: (_attempt: Attempt, _head: ResponseHead, _framing: Framing) => undefined,
    content: () => undefined,
    completed: done,
    failed: done,
    switched: (_attempt, _head, socket) => {
      socket.destroy()
      done()
    },
    flushed: () => undefined,
    writable: () => undefined,
  }
  const attempt = new Attempt(owner, services, proxy, cluster, endpoint)
  const timer = setTimeout(() => attempt.abandon("timeout"), limitMs)
  timer.unref()
  attempt.start(head.method, renderRequest(head, 1), false)
}
