import { isDeepStrictEqual } from "node:util"
import type { KubeClient, KubeObject, ServedResource } from "../../kube/index.ts"
import type { Namespace } from "../../kube/types.gen.ts"
import { isTerminating } from "../pods/index.ts"
import {
  itself,
  missing,
  present,
  refs,
  startController,
  type Context,
  type Controller,
  type Outcome,
} from "../runtime/index.ts"
import { deletionConditions, type Remaining } from "./conditions.ts"

/** In `spec.finalizers`: the namespace's content is removed before it goes. */
const CONTENT_FINALIZER = "kubernetes"
/** How soon to look again while content waits for finalizers of others. */
const LOOK_AGAIN_MS = 100

/** Empties namespaces that are being deleted, then lets them go. */
export function startNamespaces(context: Context): Controller {
  return startController("namespace", context, [{ ref: refs.namespaces, keys: itself }], (key) =>
    reconcile(key, context),
  )
}

async function reconcile(name: string, { client, clock }: Context): Promise<Outcome> {
  const namespace = await present(client.get<Namespace>(refs.namespaces, name))
  if (namespace?.metadata.deletionTimestamp === undefined) return undefined
  if (namespace.spec?.finalizers?.includes(CONTENT_FINALIZER) !== true) return undefined
  const remaining = await removeContent(client, name)
  const conditions = deletionConditions(remaining, namespace.status?.conditions ?? [], clock())
  const status = { ...namespace.status, phase: "Terminating", conditions }
  const told = isDeepStrictEqual(status, { ...namespace.status })
    ? namespace
    : await client.update(refs.namespaces, { ...namespace, status }, "status")
  if (remaining.content.size > 0) return { afterMs: LOOK_AGAIN_MS }
  const finalizers = (told.spec?.finalizers ?? []).filter((finalizer) => finalizer !== CONTENT_FINALIZER)
  await missing(client.update(refs.namespaces, { ...told, spec: { ...told.spec, finalizers } }, "finalize"))
  return undefined
}

/** Deletes everything in the namespace; tells what is still there after that. */
async function removeContent(client: KubeClient, namespace: string): Promise<Remaining> {
  const content = new Map<string, number>()
  const finalizers = new Map<string, number>()
  for (const resource of deletable(client.resources())) {
    const { items } = await client.list(resource, { namespace })
    for (const item of items) await remove(client, resource, item, namespace)
    if (items.length === 0) continue
    const { items: left } = await client.list(resource, { namespace })
    if (left.length > 0) content.set(`${resource.resource}.${resource.group}`, left.length)
    for (const finalizer of left.flatMap((item) => item.metadata.finalizers ?? [])) {
      finalizers.set(finalizer, (finalizers.get(finalizer) ?? 0) + 1)
    }
  }
  return { content, finalizers }
}

async function remove(
  client: KubeClient,
  resource: ServedResource,
  item: KubeObject,
  namespace: string,
): Promise<void> {
  if (isTerminating(item)) return
  await missing(client.delete(resource, item.metadata.name ?? "", namespace, { propagationPolicy: "Background" }))
}

/** Namespaced resources that can be listed and deleted, each in one version only. */
function deletable(resources: readonly ServedResource[]): ServedResource[] {
  const byName = new Map<string, ServedResource>()
  for (const resource of resources) {
    const name = `${resource.group}/${resource.resource}`
    const can = resource.namespaced && ["list", "delete"].every((verb) => resource.verbs.includes(verb))
    if (can && !byName.has(name)) byName.set(name, resource)
  }
  // Events have two faces; the core group's are the same objects.
  byName.delete("events.k8s.io/events")
  return [...byName.values()]
}
