import type { ChildProcess } from "node:child_process"
import { rm } from "node:fs/promises"
import type { Server, Socket } from "node:net"
import { NodeError, type Exit, type Node, type RunningContainer, type Way } from "../node.ts"
import { ask, askOnly } from "../wire/ask.ts"
import { sendJson, takeJson } from "../wire/lines.ts"
import { socketPath, type ContainerCommand, type ContainerNews, type Request } from "../wire/requests.ts"
import { remoteSession } from "./remote-session.ts"

export interface RemoteNodeOptions {
  readonly way: Way
  readonly whyNot: string | undefined
  readonly ingressPort: number
  readonly stateDir: string
  readonly child: ChildProcess
  readonly runDir: string
  readonly gone: Promise<string>
  /** Connects for the pods' world; see outside.ts. */
  readonly outside: Server
}

const closeLimit = 5_000

/** The node as the host uses it: each call is a connection to the node process. */
export function remoteNode(options: RemoteNodeOptions): Node {
  const path = socketPath(options.runDir)
  const request = <T>(what: Request): Promise<T> => askOnly<T>(path, what)
  const close = async (): Promise<void> => {
    // Namespaces: its children are killed by the kernel with it. Preload: it kills them when the channel closes.
    if (options.child.connected) options.child.disconnect()
    const impatient = setTimeout(() => options.child.kill("SIGKILL"), closeLimit)
    await options.gone
    options.outside.close()
    clearTimeout(impatient)
    await rm(options.runDir, { recursive: true, force: true })
    await rm(options.stateDir, { recursive: true, force: true })
  }
  return {
    way: options.way,
    ...(options.whyNot === undefined ? {} : { whyNot: options.whyNot }),
    ingressPort: options.ingressPort,
    createPod: (pod) => request({ op: "createPod", pod }),
    removePod: (uid) => request({ op: "removePod", uid }),
    startContainer: async (spec) => {
      const { answer, connection } = await ask<{ pid: number }>(path, { op: "startContainer", spec })
      return running(answer.pid, connection)
    },
    exec: async (spec) => remoteSession((await ask(path, { op: "exec", spec })).connection),
    attach: async (container) => remoteSession((await ask(path, { op: "attach", container })).connection),
    dial: async (ip, port, { loopback = false } = {}) =>
      (await ask(path, { op: "dial", ip, port, loopback })).connection,
    configureMesh: (snapshot) => request({ op: "configureMesh", snapshot }),
    meshStats: (of) => request({ op: "meshStats", of }),
    gone: options.gone,
    close,
  }
}

function running(pid: number, connection: Socket): RunningContainer {
  const wait = async (): Promise<Exit> => {
    const news = await takeJson<ContainerNews>(connection)
    connection.destroy()
    if (news === undefined) throw new NodeError("NODE_GONE", "the process that runs the pods is gone")
    return news.exit
  }
  const exit = wait()
  // A node that goes away shows by `gone`; a container that nobody waits for any more is no crash of the host.
  exit.catch(() => undefined)
  return {
    pid,
    exit,
    kill: (signal) => {
      const command: ContainerCommand = { signal }
      if (connection.writable) sendJson(connection, command)
    },
  }
}
