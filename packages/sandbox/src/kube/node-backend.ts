import type { Duplex, Readable, Writable } from "node:stream"

export interface PodRef {
  readonly namespace: string
  readonly name: string
}

export interface LogOptions {
  readonly container: string
  readonly follow: boolean
  readonly previous: boolean
  readonly timestamps: boolean
  readonly tailLines?: number
  readonly sinceSeconds?: number
  readonly sinceTime?: string
  readonly limitBytes?: number
}

export interface ExecOptions {
  readonly container: string
  readonly command: readonly string[]
  readonly stdin: boolean
  readonly tty: boolean
}

/** A running command in a container. With a tty, `stderr` stays empty and `resize` takes effect. */
export interface ExecSession {
  readonly stdin: Writable
  readonly stdout: Readable
  readonly stderr: Readable
  resize(columns: number, rows: number): void
  /** Ends the command (the client went away). */
  kill(): void
  /** Exit code, after both streams have ended; rejects with an ApiError if it could not be started. */
  readonly exit: Promise<number>
}

/**
 * What a kubelet answers for the API server's `pods/log`, `pods/exec`, `pods/attach` and `pods/portforward`.
 * Unknown container or a pod that is not running: an ApiError as the real kubelet words it.
 */
export interface NodeBackend {
  logs(pod: PodRef, options: LogOptions, signal: AbortSignal): Promise<Readable>
  exec(pod: PodRef, options: ExecOptions): Promise<ExecSession>
  attach(pod: PodRef, options: Omit<ExecOptions, "command">): Promise<ExecSession>
  /** A byte stream to a port inside the pod's network (127.0.0.1 of the pod, as `kubectl port-forward` reaches it). */
  portForward(pod: PodRef, port: number): Promise<Duplex>
}
