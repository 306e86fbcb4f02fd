import type { Labels } from "@serin/promql"
import type { KubeClient } from "../../kube/client.ts"
import type { Log } from "../../log.ts"
import type { MetricsConfig } from "../config.ts"
import type { Dial } from "../http-get.ts"
import { watchLists } from "./http-lists.ts"
import type { KubernetesObjects } from "./kubernetes-objects.ts"
import type { KubernetesDiscovery } from "./kubernetes-config.ts"
import { kubernetesTargets, watchKubernetes } from "./kubernetes.ts"
import { discover, type Discovered, type TargetGroup } from "./targets.ts"

export interface DiscoveryOptions {
  /** A configuration that finds targets in Kubernetes needs it. */
  readonly client?: KubeClient
  readonly dial: Dial
  readonly log: Log
}

/**
 * Tells of all targets of a configuration now, and whenever they may have changed, until the signal aborts. Changes that come
 * together are told once.
 */
export function startDiscovery(
  config: MetricsConfig,
  { client, dial, log }: DiscoveryOptions,
  onTargets: (discovered: Discovered) => void,
  signal: AbortSignal,
): void {
  const listed = new Map<string, readonly TargetGroup[]>()
  const kubernetes = new Map<KubernetesDiscovery, () => readonly Labels[]>()
  const tell = (): void =>
    onTargets(
      discover(config, { listed, kubernetes: new Map([...kubernetes].map(([sd, targets]) => [sd, targets()])) }),
    )
  let isPending = false
  const changed = (): void => {
    if (isPending) return
    isPending = true
    setImmediate(() => {
      isPending = false
      if (!signal.aborted) tell()
    })
  }
  for (const sd of config.scrape_configs.flatMap((job) => job.kubernetes_sd_configs)) {
    const onObjects = (objects: KubernetesObjects): void => {
      kubernetes.set(sd, () => kubernetesTargets(sd, objects))
      changed()
    }
    if (client !== undefined) watchKubernetes(client, sd, onObjects, signal)
  }
  const onList = (url: string, groups: readonly TargetGroup[]): void => {
    listed.set(url, groups)
    changed()
  }
  watchLists(config, dial, onList, signal, log)
  tell()
}
