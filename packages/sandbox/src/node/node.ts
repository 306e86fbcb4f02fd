import type { Duplex } from "node:stream"
import type { ExecSession } from "../kube/node-backend.ts"
import type { Log } from "../log.ts"
import type { MeshSnapshot } from "../mesh/index.ts"

/**
 * How pods run. `namespaces`: any Linux program, each pod with a network of its own. `preload`: Node programs only, whose
 * `listen` and `connect` are led to sockets of the pod.
 */
export type Way = "namespaces" | "preload"

export interface NodeOptions {
  /** The built `node/main.ts`: the program of the node process. */
  readonly entry: string
  /**
   * Folder with the built programs that run inside pods: `preload.cjs`, `istio-proxy.mjs`, and for exec `hey.mjs` and
   * `curl.mjs`.
   */
  readonly toolsDir: string
  /** Writable layers of containers live here; what an earlier node left in it is removed. */
  readonly stateDir: string
  /** Take this way or fail. Default: namespaces where they can be had, else preload. */
  readonly way?: Way
  /** Where the ingress gateway listens, on 127.0.0.1. Default: a free port. */
  readonly ingressPort?: number
  /** Handed to `createDataPlane` as it is. */
  readonly mesh?: Readonly<Record<string, unknown>>
  readonly log: Log
}

export interface PodSpec {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly hostname: string
  /** Lines for `/etc/hosts` besides the pod's own. */
  readonly hostAliases?: readonly { readonly ip: string; readonly hostnames: readonly string[] }[]
}

export interface Mount {
  /** On the host. */
  readonly source: string
  /** In the container; absolute. */
  readonly target: string
  readonly readOnly: boolean
}

export interface ContainerSpec {
  readonly podUid: string
  readonly name: string
  /** Unpacked image, read-only, shared. */
  readonly rootfs: string
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly workingDir: string
  readonly mounts: readonly Mount[]
  readonly readOnlyRoot: boolean
  /** Programs of the node itself (`istio-proxy`) run by the node's own Node; `argv` then names one of `toolsDir`. */
  readonly builtIn: boolean
  readonly stdin: boolean
  /** Its stdin ends with the first who attaches to it. */
  readonly stdinOnce: boolean
  readonly tty: boolean
  readonly log: LogTarget
}

/** Log file in the format of the CRI: `2026-01-02T03:04:05.000000006Z stdout F text`. */
export interface LogTarget {
  readonly path: string
  /** When the file has grown past this, it is renamed to `path.1` (and so on) and begun again. */
  readonly maxBytes: number
  /** Including the one being written. */
  readonly maxFiles: number
}

export interface Exit {
  /** 128 and the signal's number when a signal ended it. */
  readonly exitCode: number
}

export interface RunningContainer {
  /** In the node process's own pid namespace. */
  readonly pid: number
  /** After the last byte of its log is written. */
  readonly exit: Promise<Exit>
  kill(signal: NodeJS.Signals): void
}

export interface ContainerId {
  readonly podUid: string
  readonly container: string
}

export interface ExecSpec extends ContainerId {
  readonly argv: readonly string[]
  readonly tty: boolean
  readonly stdin: boolean
}

/** What every call may reject with, besides what it says itself. */
export type NodeErrorCode =
  /** The program is not in the image or may not be executed. */
  | "NOT_EXECUTABLE"
  /** In the preload way: only Node programs run. */
  | "NOT_A_NODE_PROGRAM"
  /** Root file system, mounts or network could not be made. */
  | "SETUP_FAILED"
  | "NO_SUCH_POD"
  | "CONTAINER_NOT_RUNNING"
  /** As connect(2): the message begins with ECONNREFUSED, ETIMEDOUT, EHOSTUNREACH, … */
  | "CONNECT_FAILED"
  /** The node process is gone. */
  | "NODE_GONE"

export class NodeError extends Error {
  override readonly name = "NodeError"
  constructor(
    readonly code: NodeErrorCode,
    message: string,
  ) {
    super(message)
  }
}

/** The pods' machine, as the host sees it. Every failure is a `NodeError`. */
export interface Node {
  readonly way: Way
  /** Why not `namespaces`; absent when they are in use or `preload` was asked for. */
  readonly whyNot?: string
  /** Of the ingress gateway on 127.0.0.1. */
  readonly ingressPort: number
  createPod(pod: PodSpec): Promise<{ readonly ip: string }>
  /** Ends what still runs in it and frees its network and files. Unknown pods are no error. */
  removePod(uid: string): Promise<void>
  /** Resolves when the program has been started. */
  startContainer(spec: ContainerSpec): Promise<RunningContainer>
  exec(spec: ExecSpec): Promise<ExecSession>
  /** To the container's running program: its output from now on, its stdin if it has one. */
  attach(container: ContainerId & { readonly stdin: boolean }): Promise<ExecSession>
  /** A connection to a pod's port. `loopback`: also to programs that listen on the pod's 127.0.0.1 only. */
  dial(ip: string, port: number, options?: { readonly loopback?: boolean }): Promise<Duplex>
  configureMesh(snapshot: MeshSnapshot): Promise<void>
  /** Istio's telemetry as text, of a pod's proxy or of the ingress gateway. */
  meshStats(of: { readonly podUid: string } | "ingress"): Promise<string>
  /** Resolves with the cause when the node process has ended, asked or not. */
  readonly gone: Promise<string>
  /** Kills every container and waits until nothing is left. */
  close(): Promise<void>
}
