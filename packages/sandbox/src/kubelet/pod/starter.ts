import { mkdir, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { NodeError, type ContainerSpec, type Node, type RunningContainer } from "../../node/index.ts"
import type { LocalImage } from "../../images/index.ts"
import type { KubeClient } from "../../kube/index.ts"
import type { Container, Pod, Service } from "../../kube/types.gen.ts"
import { ConfigError, type Configuration } from "../configuration.ts"
import { environment } from "../environment/environment.ts"
import { expand } from "../environment/expand.ts"
import { FieldPathError, type Capacity, type PodAddresses } from "../environment/field-ref.ts"
import { isBuiltIn } from "../images/built-in.ts"
import type { PodVolumes } from "../volumes/pod-volumes.ts"
import { refs } from "../refs.ts"
import { logPath } from "../logs/log-path.ts"

export interface StarterOptions {
  readonly node: Node
  readonly client: KubeClient
  readonly configuration: Configuration
  readonly capacity: Capacity
  /** Logs and termination messages. */
  readonly dataDir: string
}

export interface Start {
  readonly pod: Pod
  readonly container: Container
  readonly image: LocalImage
  readonly addresses: PodAddresses
  readonly volumes: PodVolumes
  /** Of this container so far. */
  readonly restartCount: number
}

/** Why a container could not be created or started: for its status and an event. */
export class StartFailure extends Error {
  override readonly name = "StartFailure"
  constructor(
    readonly reason: "CreateContainerConfigError" | "CreateContainerError" | "RunContainerError",
    message: string,
  ) {
    super(message)
  }
}

/** A container file where its program may leave a last word. */
export const terminationFile = (dataDir: string, podUid: string, container: string): string =>
  join(dataDir, "messages", podUid, container)

/** Kubelet's defaults for container logs. */
const logLimits = { maxBytes: 10 * 1024 * 1024, maxFiles: 5 }

/** Makes of a container what the node runs: command, environment, mounts, log. */
export class Starter {
  constructor(private readonly options: StarterOptions) {}

  /** Rejects with a `StartFailure`. */
  async start(start: Start): Promise<RunningContainer> {
    const spec = await this.specFor(start)
    try {
      return await this.options.node.startContainer(spec)
    } catch (error) {
      if (!(error instanceof NodeError)) throw error
      throw new StartFailure("RunContainerError", startMessage(error))
    }
  }

  private async specFor({ pod, container, image, addresses, volumes, restartCount }: Start): Promise<ContainerSpec> {
    const { client, configuration, capacity, dataDir } = this.options
    const podUid = pod.metadata.uid ?? ""
    try {
      const { items: services } = await client.list<Service>(refs.services)
      const variables = await environment({
        pod,
        container,
        image: image.config.env,
        addresses,
        capacity,
        services,
        configuration,
      })
      const argv = commandOf(container, image, variables)
      const message = terminationFile(dataDir, podUid, container.name)
      await mkdir(join(message, ".."), { recursive: true })
      await writeFile(message, "")
      await rm(logPath(dataDir, pod, container.name, restartCount - 2), { force: true })
      return {
        podUid,
        name: container.name,
        rootfs: image.rootfs,
        argv,
        env: Object.fromEntries(variables),
        workingDir: container.workingDir ?? (image.config.workingDir || "/"),
        mounts: [
          ...(await volumes.mountsOf(container, variables)),
          { source: message, target: container.terminationMessagePath ?? "/dev/termination-log", readOnly: false },
        ],
        readOnlyRoot: container.securityContext?.readOnlyRootFilesystem ?? false,
        builtIn: isBuiltIn(container.image ?? ""),
        stdin: container.stdin ?? false,
        stdinOnce: container.stdinOnce ?? false,
        tty: container.tty ?? false,
        log: { path: logPath(dataDir, pod, container.name, restartCount), ...logLimits },
      }
    } catch (error) {
      if (error instanceof ConfigError || error instanceof FieldPathError) {
        throw new StartFailure("CreateContainerConfigError", error.message)
      }
      throw error
    }
  }
}

/** `command` replaces the image's entrypoint and, unless `args` are given, its command; `args` replace its command. */
function commandOf(container: Container, image: LocalImage, variables: ReadonlyMap<string, string>): readonly string[] {
  const { entrypoint, cmd } = image.config
  const { command = [], args = [] } = container
  const own = [...command, ...args].length > 0
  const words = command.length > 0 ? [...command, ...args] : own ? [...entrypoint, ...args] : [...entrypoint, ...cmd]
  const argv = words.map((word) => expand(word, variables))
  if (argv.length > 0) return argv
  throw new StartFailure("CreateContainerError", "no command specified")
}

function startMessage({ code, message }: NodeError): string {
  if (code !== "NOT_EXECUTABLE") return message
  const start =
    "failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed"
  return `${start}: unable to start container process: error during container init: ${message}: unknown`
}
