import { access } from "node:fs/promises"
import type { Readable } from "node:stream"
import { ApiError, type LogOptions, type NodeBackend, type PodRef } from "../kube/index.ts"
import { NodeError, type Node } from "../node/index.ts"
import { logPath } from "./logs/log-path.ts"
import { readLog } from "./logs/log-reader.ts"
import type { PodWorker } from "./pod/pod-worker.ts"
import { lastEnd, type ContainerRecord } from "./pod/record.ts"

export interface BackendOptions {
  readonly node: Node
  readonly find: (pod: PodRef) => PodWorker | undefined
  readonly dataDir: string
  readonly now: () => number
}

/** What the API server asks of this node. */
export function nodeBackend({ node, find, dataDir, now }: BackendOptions): NodeBackend {
  const worker = ({ namespace, name }: PodRef): PodWorker => {
    const found = find({ namespace, name })
    if (found === undefined) throw new ApiError(404, "NotFound", `pod "${name}_${namespace}" not found`)
    return found
  }
  const running = (pod: PodRef, container: string) => {
    const found = worker(pod)
    if (found.records.get(container)?.state.kind !== "running") {
      throw internal(`container not found (${JSON.stringify(container)})`)
    }
    return { podUid: found.pod.metadata.uid ?? "", container }
  }
  const session = async <T>(start: Promise<T>): Promise<T> => {
    try {
      return await start
    } catch (error) {
      throw error instanceof NodeError ? internal(execMessage(error)) : error
    }
  }
  return {
    logs: async (pod, options, signal) => logs(worker(pod), options, signal),
    exec: async (pod, { container, command, stdin, tty }) =>
      session(node.exec({ ...running(pod, container), argv: command, stdin, tty })),
    attach: async (pod, { container, stdin }) => {
      const attached = await session(node.attach({ ...running(pod, container), stdin }))
      // How the container ended is told by the pod's status, not by who looked on.
      return { ...attached, exit: attached.exit.then(() => 0) }
    },
    portForward: async (pod, port) => {
      const { ip } = worker(pod)
      if (ip === undefined) throw internal("pod is not running")
      try {
        return await node.dial(ip, port, { loopback: true })
      } catch (error) {
        throw error instanceof NodeError ? internal(forwardMessage(port, error)) : error
      }
    },
  }

  async function logs(found: PodWorker, options: LogOptions, signal: AbortSignal): Promise<Readable> {
    const { container, previous } = options
    const name = found.pod.metadata.name ?? ""
    const record = found.records.get(container)
    const run = runOf(record, previous)
    if (record === undefined || run === undefined) throw new ApiError(400, "BadRequest", noLog(name, record, options))
    const path = logPath(dataDir, found.pod, container, run)
    await access(path).catch(() => {
      throw new ApiError(400, "BadRequest", noLog(name, record, options))
    })
    const isLive = (): boolean => {
      const current = found.records.get(container)
      return current?.state.kind === "running" && current.restartCount === run
    }
    return readLog({ path, isLive, now }, options, signal)
  }
}

/** Which of a container's runs is meant: the present or last one, or the one before it. Undefined: there is none. */
function runOf(record: ContainerRecord | undefined, previous: boolean): number | undefined {
  if (record === undefined) return undefined
  const { state, last, restartCount } = record
  if (!previous) return state.kind !== "waiting" || lastEnd(record) !== undefined ? restartCount : undefined
  // While it waits, the run that ended last is the previous one.
  if (state.kind === "waiting") return last === undefined ? undefined : restartCount
  return last === undefined ? undefined : restartCount - 1
}

function noLog(pod: string, record: ContainerRecord | undefined, { container, previous }: LogOptions): string {
  const subject = `container ${JSON.stringify(container)} in pod ${JSON.stringify(pod)}`
  if (previous) return `previous terminated ${subject} not found`
  if (record === undefined) return `${subject} is not available`
  const { state } = record
  if (state.kind !== "waiting") return `${subject} is not available`
  const reason = state.reason ?? "ContainerCreating"
  const failed = reason === "ErrImagePull" || reason === "ImagePullBackOff"
  const why = reason === "ErrImagePull" ? "image can't be pulled" : "trying and failing to pull image"
  return failed ? `${subject} is waiting to start: ${why}` : `${subject} is waiting to start: ${reason}`
}

const internal = (message: string): ApiError =>
  new ApiError(500, "InternalError", `Internal error occurred: ${message}`)

function execMessage({ code, message }: NodeError): string {
  const start = "error executing command in container: failed to exec in container"
  if (code !== "NOT_EXECUTABLE") return `${start}: ${message}`
  return `${start}: OCI runtime exec failed: exec failed: unable to start container process: ${message}: unknown`
}

function forwardMessage(port: number, { message }: NodeError): string {
  const reason = message.startsWith("ECONNREFUSED") ? "connection refused" : message
  return `failed to connect to localhost:${port} inside namespace: dial tcp4 127.0.0.1:${port}: connect: ${reason}`
}
