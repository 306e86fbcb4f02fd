import { Api } from "./api.ts"
import { furniture, namespaces } from "./manifests.ts"
import { awaitRevision } from "./revision.ts"
import { Senders } from "./senders.ts"
import { namespace, otherNamespace, type Target } from "./target.ts"

/** Sets up what all cases share: pods that answer, pods that ask, and the shared Gateway. */
export async function prepare(target: Target): Promise<void> {
  const api = new Api(target)
  const senders = new Senders(target)
  try {
    await api.make(...namespaces)
    for (const space of [namespace, otherNamespace]) await api.accountReady(space)
    await api.make(...furniture)
    for (const space of [namespace, otherNamespace]) await api.podsReady(space)
    await awaitRevision(target, api, senders)
  } finally {
    api.close()
    senders.close()
  }
}
