import type { Duplex } from "node:stream"
import type { ContainerSpec, ExecSpec, PodSpec } from "../node.ts"
import type { Program } from "./program.ts"

/** A pod as the node process knows it. */
export interface Pod {
  readonly spec: PodSpec
  readonly ip: string
  /** For its sockets; exists as long as the pod, its path is short. */
  readonly folder: string
  /** The unix socket for its `istio-proxy`, see proxy-socket.ts. */
  readonly proxySocket: string
}

export type Outbound = (socket: Duplex, to: { readonly host: string; readonly port: number }) => void

/** One of the two ways to run pods. Failures are `NodeError`. */
export interface PodRuntime {
  /**
   * Makes the network of a pod that has this address. `outbound` is for connections that its programs open and the
   * network does not lead anywhere by itself.
   */
  createPod(pod: Pod, outbound: Outbound): Promise<void>
  /** Frees what `createPod` made; the pod's containers have ended. */
  removePod(pod: Pod): Promise<void>
  start(pod: Pod, spec: ContainerSpec): Promise<Program>
  /** Runs another program beside a container's own. */
  exec(pod: Pod, container: ContainerSpec, main: Program, spec: ExecSpec): Promise<Program>
  /** Frees what `start` made for a container that has ended. */
  discard(pod: Pod, container: ContainerSpec): Promise<void>
  /** A connection to a pod's port as from another pod. Rejects as connect(2) fails. */
  dial(ip: string, port: number): Promise<Duplex>
  /** The same from inside the pod, to its 127.0.0.1. */
  dialInside(pod: Pod, port: number): Promise<Duplex>
}
