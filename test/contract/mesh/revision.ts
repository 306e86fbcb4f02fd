import { randomUUID } from "node:crypto"
import { until, type Api } from "./api.ts"
import { namespace, type Sender, type Target } from "./target.ts"
import { virtualService, type Manifest } from "./manifests.ts"
import type { Senders } from "./senders.ts"

const host = "revision.test"

/** Answers by the revision in it: who gets that one knows everything that was said to the API before. */
const marker = (revision: string): Manifest =>
  virtualService("revision", {
    hosts: [host],
    gateways: ["mesh", "shared"],
    http: [{ directResponse: { status: 200, body: { string: revision } } }],
  })

const proxies: readonly Sender[] = ["client", "neighbour", "gateway"]

/** Waits until all proxies have the configuration that the API holds now. */
export async function awaitRevision(target: Target, api: Api, senders: Senders): Promise<void> {
  const revision = randomUUID()
  await api.make(marker(revision))
  await Promise.all(
    proxies.map((from) =>
      until(`the last configuration at ${from}`, async () => {
        const [answer] = await senders.send({ from, connect: `echo-v1.${namespace}.svc.cluster.local`, host }).catch(
          // Before the first one, the sender in its pod is not reached yet; afterwards this ends at the deadline.
          () => [],
        )
        return answer?.body === revision || undefined
      }),
    ),
  )
  await target.settled()
}
