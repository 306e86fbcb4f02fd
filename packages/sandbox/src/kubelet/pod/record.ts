import type { LocalImage } from "../../images/index.ts"
import type { Container, PodSpec } from "../../kube/types.gen.ts"

/** A program's run that is over. Times are milliseconds since 1970. */
export interface Terminated {
  readonly kind: "terminated"
  readonly exitCode: number
  /** `Completed`, `Error`, `StartError`, … */
  readonly reason: string
  readonly message?: string
  readonly startedAt: number
  readonly finishedAt: number
  readonly containerId: string
}

export type State =
  /** No program: not yet, or not again. No reason: what the pod's own progress says. */
  | { readonly kind: "waiting"; readonly reason?: string; readonly message?: string }
  | { readonly kind: "running"; readonly startedAt: number; readonly containerId: string }
  | Terminated

/** What the kubelet knows of one container. Replaced, never changed. */
export interface ContainerRecord {
  readonly name: string
  readonly state: State
  /** How the run before the present one ended; while waiting, how the last one did. */
  readonly last?: Terminated
  readonly restartCount: number
  readonly image?: LocalImage
  /** The startup probe has succeeded, or there is none; also the postStart hook has run. */
  readonly started: boolean
  /** By the readiness probe, or there is none. */
  readonly ready: boolean
}

export const newRecord = (name: string): ContainerRecord => ({
  name,
  state: { kind: "waiting" },
  restartCount: 0,
  started: false,
  ready: false,
})

/** The last end of a program, whether it is still shown as the state or already waits for the next. */
export const lastEnd = ({ state, last }: ContainerRecord): Terminated | undefined =>
  state.kind === "terminated" ? state : state.kind === "waiting" ? last : undefined

export const isSidecar = (container: Container): boolean => container.restartPolicy === "Always"

/** Whether a container is run again after this exit code. Restartable init containers always are. */
export function restarts(spec: PodSpec, isInit: boolean, exitCode: number): boolean {
  const policy = spec.restartPolicy ?? "Always"
  // For an init container Always means until it succeeds.
  if (policy === "Always") return !isInit || exitCode !== 0
  return policy === "OnFailure" && exitCode !== 0
}
