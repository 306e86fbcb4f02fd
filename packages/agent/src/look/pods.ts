import { systemNamespace } from "../install/index.ts"
import type { KubeObject } from "../kube/index.ts"

/** A core/v1 Pod, as far as its trouble shows. */
export interface Pod extends KubeObject {
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly { readonly type?: string; readonly status?: string; readonly message?: string }[]
    readonly containerStatuses?: readonly ContainerStatus[]
  }
}

interface ContainerStatus {
  readonly ready?: boolean
  readonly state?: { readonly waiting?: { readonly reason?: string; readonly message?: string } }
  readonly lastState?: { readonly terminated?: { readonly exitCode?: number; readonly reason?: string } }
}

export const agentPods = "app.kubernetes.io/name=serin,app.kubernetes.io/component=agent"

/** Why a pod of the agent is not ready, and what mends it; undefined when it is, or is about to end. */
export function podTrouble(pod: Pod): { readonly message: string; readonly next: string } | undefined {
  const { conditions = [], containerStatuses = [] } = pod.status ?? {}
  if (pod.metadata.deletionTimestamp !== undefined) return undefined
  if (conditions.some(({ type, status }) => type === "Ready" && status === "True")) return undefined
  const unscheduled = conditions.find(({ type, status }) => type === "PodScheduled" && status === "False")
  if (unscheduled !== undefined)
    return { message: `has no node: ${unscheduled.message ?? "no reason is known"}`, next: describe(pod) }
  const waiting = containerStatuses.find(({ state }) => state?.waiting !== undefined)
  const { reason = "", message = "" } = waiting?.state?.waiting ?? {}
  const why = [reason, message].filter((text) => text !== "").join(": ")
  if (/^(ErrImage|ImagePull|InvalidImage|ErrImageNeverPull)/.test(reason))
    return {
      message: why,
      next: "Run `serin install` again with --image (and --image-pull-secret) of an image that the nodes can pull.",
    }
  const ended = containerStatuses.find(({ lastState }) => lastState?.terminated !== undefined)?.lastState?.terminated
  if (ended !== undefined)
    return {
      message: `ended with exit code ${ended.exitCode ?? "?"} (${ended.reason ?? "Error"})${why === "" ? "" : `; ${why}`}`,
      next: `Read why with \`kubectl -n ${systemNamespace} logs ${pod.metadata.name} --previous\`.`,
    }
  return { message: why === "" ? `is not ready (${pod.status?.phase ?? "Pending"})` : why, next: describe(pod) }
}

const describe = (pod: Pod): string => `See \`kubectl -n ${systemNamespace} describe pod ${pod.metadata.name}\`.`
