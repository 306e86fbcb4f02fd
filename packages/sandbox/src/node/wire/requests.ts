import type { MeshSnapshot } from "../../mesh/index.ts"
import type { ContainerId, ContainerSpec, ExecSpec, Exit, NodeErrorCode, PodSpec, Way } from "../node.ts"

/**
 * Host and node process talk over a unix socket, one connection per request: a line of JSON each way, and after a good
 * answer what the request is about: raw bytes (`dial`), frames (`exec`, `attach`), lines (`startContainer`).
 */
export type Request =
  | { readonly op: "createPod"; readonly pod: PodSpec }
  | { readonly op: "removePod"; readonly uid: string }
  | { readonly op: "startContainer"; readonly spec: ContainerSpec }
  | { readonly op: "exec"; readonly spec: ExecSpec }
  | { readonly op: "attach"; readonly container: ContainerId & { readonly stdin: boolean } }
  | { readonly op: "dial"; readonly ip: string; readonly port: number; readonly loopback: boolean }
  | { readonly op: "configureMesh"; readonly snapshot: MeshSnapshot }
  | { readonly op: "meshStats"; readonly of: { readonly podUid: string } | "ingress" }

/** What the node process asks of the host: a connection to an address outside of the pods' world. Then raw bytes. */
export interface OutsideRequest {
  readonly op: "outside"
  readonly ip: string
  readonly port: number
}

export type Answer<T> =
  { readonly ok: T } | { readonly error: { readonly code: NodeErrorCode; readonly message: string } }

/** What the host sends after a container has started. */
export type ContainerCommand = { readonly signal: NodeJS.Signals }
/** And what it is told. */
export type ContainerNews = { readonly exit: Exit }

/** The last frame of exec and attach. */
export type ExecNews = { readonly exitCode: number }

export interface Resize {
  readonly columns: number
  readonly rows: number
}

/** First message over the node process's IPC channel, from the host. */
export interface Boot {
  readonly way: Way
  /** Where the process makes the sockets and mount points that it needs; short, for socket paths are limited. */
  readonly runDir: string
  readonly stateDir: string
  readonly toolsDir: string
  readonly mesh: Readonly<Record<string, unknown>>
}

/** From the node process over IPC. After `ready` it listens on `runDir/node.sock`. */
export type BootNews =
  | { readonly type: "ready" }
  | { readonly type: "failed"; readonly reason: string }
  | { readonly type: "log"; readonly message: string; readonly fields?: Readonly<Record<string, unknown>> }

/** Where the node process answers. */
export const socketPath = (runDir: string): string => `${runDir}/node.sock`
/** Where the host answers. */
export const outsidePath = (runDir: string): string => `${runDir}/host.sock`
