import { randomBytes } from "node:crypto"
import { mkdir, rm } from "node:fs/promises"
import type { Server } from "node:http"
import type { Socket } from "node:net"
import type { Duplex } from "node:stream"
import type { Log } from "../../log.ts"
import type { MeshNetwork, MeshPlane, PodIdentity } from "../../mesh/index.ts"
import { ask } from "../wire/ask.ts"
import { join } from "../wire/join.ts"
import { outsidePath } from "../wire/requests.ts"
import { NodeError, type ContainerSpec, type PodSpec } from "../node.ts"
import { isPodAddress, nodeAddress, PodAddresses } from "./addresses.ts"
import { Containers, type Running } from "./containers.ts"
import { serveProxySocket } from "./proxy-socket.ts"
import type { Pod, PodRuntime } from "./runtime.ts"
import { ServicePorts } from "./service-ports.ts"

export interface WorldOptions {
  readonly runtime: PodRuntime
  readonly runDir: string
  readonly createDataPlane: (network: MeshNetwork) => MeshPlane
  readonly log: Log
}

interface Member {
  readonly pod: Pod
  readonly identity: PodIdentity
  readonly proxy: Server
  /** Connections that the pod has opened. */
  readonly sockets: Set<Duplex>
}

/** The pods, their containers and what joins them: the whole of the node process, whichever way it runs pods. */
export class World {
  readonly dataPlane: MeshPlane
  readonly containers: Containers
  private readonly runtime: PodRuntime
  private readonly addresses = new PodAddresses()
  private readonly members = new Map<string, Member>()
  private readonly byIp = new Map<string, Member>()

  constructor(private readonly options: WorldOptions) {
    this.runtime = options.runtime
    this.containers = new Containers(options.runtime, options.log)
    const ports = new ServicePorts((socket) => this.acceptAtService(socket), options.log)
    this.dataPlane = options.createDataPlane({
      dial: (ip, port) => this.dialAny(ip, port),
      setServicePorts: (wanted) => ports.set(wanted),
    })
  }

  async createPod(spec: PodSpec): Promise<{ ip: string }> {
    const present = this.members.get(spec.uid)
    if (present !== undefined) return { ip: present.pod.ip }
    const ip = this.addresses.take()
    const folder = `${this.options.runDir}/${randomBytes(4).toString("hex")}`
    const pod: Pod = { spec, ip, folder, proxySocket: `${folder}/proxy.sock` }
    await mkdir(folder)
    try {
      await this.runtime.createPod(pod, (socket, to) => this.sendOut(spec.uid, socket, to))
    } catch (error) {
      this.addresses.free(ip)
      await rm(folder, { recursive: true })
      throw error
    }
    const proxy = await serveProxySocket({
      path: pod.proxySocket,
      onProxy: (up) => this.dataPlane.setProxy(spec.uid, up),
      stats: () => this.dataPlane.stats({ podUid: spec.uid }),
      idle: () => this.dataPlane.idle(spec.uid),
    })
    const identity: PodIdentity = { uid: spec.uid, name: spec.name, namespace: spec.namespace, ip }
    const member: Member = { pod, identity, proxy, sockets: new Set() }
    this.members.set(spec.uid, member)
    this.byIp.set(ip, member)
    return { ip }
  }

  async removePod(uid: string): Promise<void> {
    const member = this.members.get(uid)
    if (member === undefined) return
    this.dataPlane.setProxy(uid, false)
    const running = this.containers.of(uid)
    for (const { program } of running) program.kill("SIGKILL")
    await Promise.all(running.map(({ exit }) => exit))
    this.members.delete(uid)
    this.byIp.delete(member.pod.ip)
    member.proxy.close()
    member.proxy.closeAllConnections()
    for (const socket of member.sockets) socket.destroy()
    await this.runtime.removePod(member.pod)
    await rm(member.pod.folder, { recursive: true })
    this.addresses.free(member.pod.ip)
  }

  startContainer(spec: ContainerSpec): Promise<Running> {
    return this.containers.start(this.member(spec.podUid).pod, spec)
  }

  /** From the world to anywhere: to a pod that is there, or through the host to what is outside (the Kubernetes API). */
  private async dialAny(ip: string, port: number): Promise<Duplex> {
    if (!isPodAddress(ip)) return this.dialOutside(ip === nodeAddress ? "127.0.0.1" : ip, port)
    if (this.byIp.has(ip)) return this.runtime.dial(ip, port)
    // The network would not answer at all.
    const error = new Error(`connect EHOSTUNREACH ${ip}:${port}: no pod has this address`)
    throw Object.assign(error, { code: "EHOSTUNREACH", syscall: "connect" })
  }

  private async dialOutside(ip: string, port: number): Promise<Duplex> {
    return (await ask(outsidePath(this.options.runDir), { op: "outside", ip, port })).connection
  }

  async dial(ip: string, port: number, loopback: boolean): Promise<Duplex> {
    try {
      return await this.dialAny(ip, port)
    } catch (error) {
      const member = this.byIp.get(ip)
      const refused = (error as NodeJS.ErrnoException).code === "ECONNREFUSED"
      if (!loopback || !refused || member === undefined) throw error
      return this.runtime.dialInside(member.pod, port)
    }
  }

  /** For DNS: the addresses of a name as the pod with this IP asks for it. */
  resolve(name: string, fromIp: string): readonly string[] | undefined {
    return this.dataPlane.resolve(name, this.byIp.get(fromIp)?.identity.namespace ?? "default")
  }

  /** A connection that came to a Service address, from whom its addresses say. */
  private acceptAtService(socket: Socket): void {
    const member = this.byIp.get(socket.remoteAddress ?? "")
    if (member === undefined) return void socket.destroy()
    this.sendOut(member.pod.spec.uid, socket, { host: socket.localAddress ?? "", port: socket.localPort ?? 0 })
  }

  private sendOut(uid: string, socket: Duplex, to: { readonly host: string; readonly port: number }): void {
    const member = this.members.get(uid)
    if (member === undefined) return void socket.destroy()
    // The mesh listens for errors too; this is for the moment before.
    socket.on("error", () => socket.destroy())
    member.sockets.add(socket)
    socket.once("close", () => member.sockets.delete(socket))
    if (isPodAddress(to.host)) void this.joinPod(socket, to)
    else this.dataPlane.outbound(socket, member.identity, to)
  }

  /** In the preload way all connections come here, also those to another pod's address. */
  private async joinPod(
    socket: Duplex,
    { host, port }: { readonly host: string; readonly port: number },
  ): Promise<void> {
    try {
      join(socket, await this.dialAny(host, port))
    } catch {
      // Refused: to the program it looks like a connection that breaks at once.
      socket.destroy()
    }
  }

  private member(uid: string): Member {
    const member = this.members.get(uid)
    if (member === undefined) throw new NodeError("NO_SUCH_POD", `there is no pod ${uid} on this node`)
    return member
  }
}
