import type { KubeClient, KubeObject, ResourceRef } from "../../kube/index.ts"
import type { Log } from "../../log.ts"
import type { EventRecorder } from "../events/index.ts"
import { WorkQueue, type Reconcile } from "./work-queue.ts"

/** What every controller works with. */
export interface Context {
  readonly client: KubeClient
  readonly clock: () => Date
  readonly log: Log
  /** Events of the named component, as `kubectl describe` shows it in the column From. */
  readonly recorder: (component: string) => EventRecorder
}

/** Changes of which objects mean which keys. A change says only where to look, never what to do. */
export interface Trigger {
  readonly ref: ResourceRef
  readonly keys: (object: KubeObject) => Iterable<string> | Promise<Iterable<string>>
}

export interface Controller {
  close(): Promise<void>
}

/** `namespace/name`, or the name of a cluster-wide object. */
export function keyOf({ metadata: { namespace, name = "" } }: KubeObject): string {
  return namespace === undefined ? name : `${namespace}/${name}`
}

export function splitKey(key: string): { readonly namespace: string; readonly name: string } {
  const slash = key.indexOf("/")
  return { namespace: key.slice(0, Math.max(slash, 0)), name: key.slice(slash + 1) }
}

/** The object itself is the key. */
export const itself = (object: KubeObject): string[] => [keyOf(object)]

/** The controlling owner of the given kind is the key. */
export const controllerOf =
  (kind: string) =>
  ({ metadata: { namespace = "", ownerReferences = [] } }: KubeObject): string[] =>
    ownerReferences
      .filter((owner) => owner.controller === true && owner.kind === kind)
      .map((owner) => `${namespace}/${owner.name}`)

/** Watches what the triggers name and reconciles the keys they give. `build` gets the queue for keys of its own making. */
export function startController(
  name: string,
  { client, log }: Context,
  triggers: readonly Trigger[],
  reconcile: Reconcile,
): Controller {
  const queue = new WorkQueue(name, reconcile, log)
  const stop = new AbortController()
  for (const { ref, keys } of triggers) {
    const enqueue = async (object: KubeObject): Promise<void> => {
      for (const key of await keys(object)) queue.add(key)
    }
    client.watch(
      ref,
      {},
      ({ object }) => {
        enqueue(object).catch((error: unknown) =>
          log("change not followed", { controller: name, error: String(error) }),
        )
      },
      stop.signal,
    )
  }
  return {
    async close() {
      stop.abort()
      await queue.close()
    },
  }
}
