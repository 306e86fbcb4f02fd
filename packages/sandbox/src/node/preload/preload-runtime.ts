import { cp, mkdir, readdir, rm } from "node:fs/promises"
import { createServer, connect, type Server, type Socket } from "node:net"
import { relative } from "node:path"
import type { Duplex } from "node:stream"
import { NodeError, type ContainerSpec, type ExecSpec } from "../node.ts"
import { takeJson } from "../wire/lines.ts"
import { spawnPiped, type Spawned } from "../world/piped-program.ts"
import { killProcess, type Command, type Program } from "../world/program.ts"
import { RootView } from "../world/root-view.ts"
import type { Outbound, Pod, PodRuntime } from "../world/runtime.ts"
import { spawnOnTerminal } from "../world/terminal-program.ts"
import {
  hookVariable,
  isLoopback,
  outSocket,
  portSocket,
  type HookEnvironment,
  type Preface,
} from "./hook-environment.ts"
import { nodeProgram } from "./node-program.ts"

export interface PreloadRuntimeOptions {
  readonly stateDir: string
  readonly toolsDir: string
  /** First on the search path: `node`, `hey` and `curl`. */
  readonly binDir: string
}

const hostPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

/** Folders of an image that programs of the host stand in for. */
const systemFolders =
  /^((usr\/)?(bin|sbin|lib|lib32|lib64|libx32)|usr\/(include|libexec|share)|usr\/local\/(bin|lib|include|share)|proc|sys|dev)$/

interface Container {
  readonly root: string
  readonly cwd: string
  readonly env: Readonly<Record<string, string>>
}

/** Pods as folders of sockets, containers as Node processes of the host with a hook loaded first. */
export class PreloadRuntime implements PodRuntime {
  private readonly pods = new Map<string, { readonly pod: Pod; readonly server: Server }>()
  private readonly containers = new Map<ContainerSpec, Container>()
  private readonly programs = new Set<Program>()
  private made = 0

  constructor(private readonly options: PreloadRuntimeOptions) {}

  async createPod(pod: Pod, outbound: Outbound): Promise<void> {
    const server = createServer({ allowHalfOpen: true }, (socket) => void this.accept(pod, socket, outbound))
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject)
      server.listen(outSocket(pod.folder), resolve)
    })
    this.pods.set(pod.ip, { pod, server })
  }

  async removePod(pod: Pod): Promise<void> {
    this.pods.get(pod.ip)?.server.close()
    this.pods.delete(pod.ip)
  }

  async start(pod: Pod, spec: ContainerSpec): Promise<Program> {
    const root = `${this.options.stateDir}/${++this.made}`
    const view = new RootView(root, spec.mounts)
    await copyImage(spec.rootfs, root)
    const [name = "", ...rest] = spec.argv
    const { file, args } = spec.builtIn
      ? { file: process.execPath, args: [`${this.options.toolsDir}/${name}.mjs`, ...rest] }
      : await nodeProgram(view, spec.argv, spec.env["PATH"] ?? hostPath, spec.workingDir)
    const hook: HookEnvironment = { folder: pod.folder, podIp: pod.ip, root, mounts: spec.mounts }
    const env = {
      HOSTNAME: pod.spec.hostname,
      HOME: root,
      ...(spec.tty ? { TERM: "xterm" } : {}),
      ...spec.env,
      PATH: `${this.options.binDir}:${hostPath}`,
      ...(spec.builtIn ? { SERIN_PROXY_SOCKET: pod.proxySocket } : {}),
      NODE_OPTIONS: `${spec.env["NODE_OPTIONS"] ?? ""} --require ${JSON.stringify(`${this.options.toolsDir}/preload.cjs`)}`,
      [hookVariable]: JSON.stringify(hook),
    }
    const cwd = view.host(await view.real(spec.workingDir))
    await mkdir(cwd, { recursive: true })
    this.containers.set(spec, { root, cwd, env })
    return this.launch(spec, { file, args, env, cwd, stdin: spec.stdin })
  }

  async exec(_pod: Pod, spec: ContainerSpec, _main: Program, wanted: ExecSpec): Promise<Program> {
    const container = this.containers.get(spec)
    if (container === undefined) throw new NodeError("CONTAINER_NOT_RUNNING", `container ${spec.name} is not running`)
    const [name = "", ...args] = wanted.argv
    const env: Record<string, string> = { ...container.env, ...(wanted.tty ? { TERM: "xterm" } : {}) }
    // Any program of the host may be run: a shell, and node with the hook.
    const found = await new RootView("/", []).executable(name, env["PATH"] ?? hostPath, container.cwd)
    return this.launch(wanted, { file: found, args, env, cwd: container.cwd, stdin: wanted.stdin })
  }

  async discard(pod: Pod, spec: ContainerSpec): Promise<void> {
    const container = this.containers.get(spec)
    this.containers.delete(spec)
    if (container !== undefined) await rm(container.root, { recursive: true, force: true })
    await removeDeadSockets(pod.folder)
  }

  dial(ip: string, port: number): Promise<Duplex> {
    const pod = this.pods.get(ip)?.pod
    if (pod === undefined) return Promise.reject(refused(ip, port))
    return connectTo(portSocket(pod.folder, port, false), ip, port)
  }

  dialInside(pod: Pod, port: number): Promise<Duplex> {
    return connectTo(portSocket(pod.folder, port, true), "127.0.0.1", port)
  }

  killAll(): void {
    for (const program of this.programs) program.kill("SIGKILL")
  }

  /** What the hook of a pod's program connects. */
  private async accept(pod: Pod, socket: Socket, outbound: Outbound): Promise<void> {
    socket.on("error", () => socket.destroy())
    const preface = await takeJson<Preface>(socket)
    if (preface === undefined) return void socket.destroy()
    if ("life" in preface) return void socket.resume()
    const own = isLoopback(preface.host) || preface.host === pod.ip
    outbound(socket, own ? { host: pod.ip, port: preface.port } : preface)
  }

  private async launch({ tty }: { readonly tty: boolean }, command: Command): Promise<Program> {
    const spawned: Spawned = tty ? await spawnOnTerminal(command) : await spawnPiped(command)
    const program: Program = {
      ...spawned,
      // Each is the first of a process group, whose others end with it.
      kill: (signal) => void killProcess(signal === "SIGKILL" ? -spawned.pid : spawned.pid, signal),
    }
    this.programs.add(program)
    void spawned.exit.then(() => {
      killProcess(-spawned.pid, "SIGKILL")
      this.programs.delete(program)
    })
    return program
  }
}

async function copyImage(rootfs: string, root: string): Promise<void> {
  await cp(rootfs, root, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !systemFolders.test(relative(rootfs, source)),
  })
}

/** A program that was killed leaves the files of its sockets, at which the next could not listen. */
async function removeDeadSockets(folder: string): Promise<void> {
  for (const name of await readdir(folder)) {
    if (!/^(lo-)?\d+\.sock$/.test(name)) continue
    const path = `${folder}/${name}`
    try {
      const socket = await connectTo(path, "", 0)
      socket.destroy()
    } catch {
      await rm(path, { force: true })
    }
  }
}

function connectTo(path: string, ip: string, port: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ path, allowHalfOpen: true })
    // Left in place, as an error without a listener would end the node process. No file means that nobody listens.
    socket.on("error", () => reject(refused(ip, port)))
    socket.once("connect", () => resolve(socket))
  })
}

const refused = (ip: string, port: number): Error =>
  Object.assign(new Error(`connect ECONNREFUSED ${ip}:${port}`), { code: "ECONNREFUSED", syscall: "connect" })
