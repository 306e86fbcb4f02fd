import { mkdir } from "node:fs/promises"
import { basename, dirname } from "node:path"
import type { Duplex } from "node:stream"
import { NodeError, type ContainerSpec, type ExecSpec, type Mount } from "../node.ts"
import type { Program } from "../world/program.ts"
import { RootView } from "../world/root-view.ts"
import type { Pod, PodRuntime } from "../world/runtime.ts"
import { homeIn, makeContainerRoot, removeContainerRoot, type Layering } from "./container-root.ts"
import { PodDialer } from "./dial.ts"
import { launch } from "./launch.ts"
import { execScript, launchScript } from "./launch-script.ts"
import type { PodNetworks } from "./network.ts"
import type { ShellTools } from "./shell.ts"
import type { ContainerTools } from "./tools-mount.ts"
import type { WorldFolders } from "./world.ts"

export interface NamespaceRuntimeOptions {
  readonly tools: ShellTools
  readonly folders: WorldFolders
  readonly networks: PodNetworks
  readonly stateDir: string
  readonly layering: Layering
  /** Made when the first container needs them. */
  readonly containerTools: () => Promise<ContainerTools>
}

/** What a container has besides what was asked for, as long as it runs. */
interface Container {
  readonly folder: string
  readonly state: string
  /** Where its root is in its mount namespace. */
  readonly root: string
  readonly env: Readonly<Record<string, string>>
  /** The process that waits for the program: in the same mount namespace, but with the world's root. */
  readonly launcher?: number
}

const defaultPath = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
const toolsTarget = "/.serin"
const proxyTarget = "/var/run/serin"

/** Pods as network namespaces, containers as processes in mount, UTS and pid namespaces of their own. */
export class NamespaceRuntime implements PodRuntime {
  private readonly containers = new Map<ContainerSpec, Container>()
  private readonly dialer: PodDialer
  private made = 0

  constructor(private readonly options: NamespaceRuntimeOptions) {
    this.dialer = new PodDialer(options.tools.nsenter)
  }

  createPod(pod: Pod): Promise<void> {
    return this.options.networks.add(pod.ip)
  }

  async removePod(pod: Pod): Promise<void> {
    this.dialer.drop(pod.ip)
    await this.options.networks.remove(pod.ip)
  }

  async start(pod: Pod, spec: ContainerSpec): Promise<Program> {
    const { tools, folders, stateDir, layering, networks } = this.options
    const containerTools = await this.options.containerTools()
    const mounts: readonly Mount[] = [
      { source: folders.dev, target: "/dev", readOnly: false },
      ...spec.mounts,
      { source: folders.tools, target: toolsTarget, readOnly: true },
      ...(spec.builtIn ? [{ source: dirname(pod.proxySocket), target: proxyTarget, readOnly: true }] : []),
    ]
    const view = new RootView(spec.rootfs, mounts)
    const env = {
      PATH: defaultPath,
      HOSTNAME: pod.spec.hostname,
      HOME: await homeIn(view),
      ...(spec.tty ? { TERM: "xterm" } : {}),
      ...spec.env,
      ...(spec.builtIn ? { SERIN_PROXY_SOCKET: pod.proxySocket.replace(dirname(pod.proxySocket), proxyTarget) } : {}),
    }
    const [name = "", ...rest] = spec.argv
    if (!spec.builtIn) await view.executable(name, env.PATH, spec.workingDir)
    const argv = spec.builtIn ? [...containerTools.program(name), ...rest] : spec.argv

    const number = ++this.made
    const container = { folder: `${folders.containers}/${number}`, state: `${stateDir}/${number}`, env }
    await mkdir(container.state, { recursive: true })
    this.containers.set(spec, { ...container, root: "" })
    const made = await makeContainerRoot(pod, { ...spec, mounts }, { tools, layering, ...container })
    const script = launchScript(tools, {
      ...made,
      hostname: pod.spec.hostname,
      readOnlyRoot: spec.readOnlyRoot,
      workingDir: spec.workingDir,
      tty: spec.tty,
    })
    const program = await launch(spec, {
      file: tools.nsenter,
      args: [
        `--net=${networks.file(pod.ip)}`,
        "--",
        tools.unshare,
        "--mount",
        "--uts",
        "--",
        tools.sh,
        "-c",
        script,
        "sh",
        ...argv,
      ],
      env,
      stdin: spec.stdin,
    })
    this.containers.set(spec, { ...container, root: made.root, launcher: program.launcher })
    return program
  }

  async exec(_pod: Pod, spec: ContainerSpec, main: Program, wanted: ExecSpec): Promise<Program> {
    const { tools } = this.options
    const container = this.containerOf(spec)
    const containerTools = await this.options.containerTools()
    const env: Record<string, string> = {
      ...container.env,
      PATH: `${container.env["PATH"] ?? defaultPath}:${containerTools.path}`,
      ...(wanted.tty ? { TERM: "xterm" } : {}),
    }
    // Not by the program's own root, which it may not have entered yet.
    const view = new RootView(`/proc/${container.launcher ?? main.pid}/root${container.root}`, [])
    const argv = await toolOrOwn(view, wanted.argv, env["PATH"] ?? "", spec.workingDir, containerTools)
    const script = execScript(tools, container.root, spec.workingDir, wanted.tty)
    return launch(wanted, {
      file: tools.nsenter,
      // Not forked by nsenter: as a terminal's first process it would not outlive the first Ctrl-C.
      args: ["-t", String(main.pid), "-m", "-n", "-u", "-p", "-F", "--", tools.sh, "-c", script, "sh", ...argv],
      env,
      stdin: wanted.stdin,
    })
  }

  async discard(_pod: Pod, spec: ContainerSpec): Promise<void> {
    const container = this.containers.get(spec)
    this.containers.delete(spec)
    if (container !== undefined) await removeContainerRoot(container)
  }

  dial(ip: string, port: number): Promise<Duplex> {
    return this.dialer.dial(ip, port)
  }

  dialInside(pod: Pod, port: number): Promise<Duplex> {
    return this.dialer.dialInside(this.options.networks.file(pod.ip), port)
  }

  private containerOf(spec: ContainerSpec): Container {
    const container = this.containers.get(spec)
    if (container === undefined) throw new NodeError("CONTAINER_NOT_RUNNING", `container ${spec.name} is not running`)
    return container
  }
}

/** What to run for an exec: the image's own program if it has it, else the node's tool of that name. */
async function toolOrOwn(
  view: RootView,
  argv: readonly string[],
  path: string,
  cwd: string,
  tools: ContainerTools,
): Promise<readonly string[]> {
  const [name = "", ...rest] = argv
  try {
    const found = await view.executable(name, path, cwd)
    const tool = found.startsWith(`${tools.path}/`) ? tools.commands.get(basename(found)) : undefined
    return tool === undefined ? argv : [...tool, ...rest]
  } catch (error) {
    const shell = tools.commands.get("sh")
    if (error instanceof NodeError && name === "/bin/sh" && shell !== undefined) return [...shell, ...rest]
    throw error
  }
}
