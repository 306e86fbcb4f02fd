import { randomBytes } from "node:crypto"
import { mkdir } from "node:fs/promises"
import { connect } from "node:net"
import { once } from "node:events"
import { join } from "node:path"
import { startBuilder } from "./builder/index.ts"
import { startControllers } from "./controllers/index.ts"
import { startGitHost, type GitHost } from "./githost/index.ts"
import { closeServer, createLocalServer, listen, send } from "./http/index.ts"
import { createImageStore, type RegistryMirrors } from "./images/index.ts"
import { startKubeApi, type KubeClient } from "./kube/index.ts"
import { startKubelet } from "./kubelet/index.ts"
import type { Log } from "./log.ts"
import { installIstioDefinitions, istioValidator, sidecarInjector, startMeshControl } from "./mesh/index.ts"
import { startMetrics, type Dial } from "./metrics/index.ts"
import { startNode, type Node, type Way } from "./node/index.ts"
import { startRegistry, type NotificationEndpoint } from "./registry/index.ts"
import { startSlackInbox } from "./slack/index.ts"
import { prometheusConfig } from "./prometheus-config.ts"

export interface WorldOptions {
  /** State of all parts. */
  readonly dataDir: string
  /** The built node program and the folder of programs that pods get (see scripts/build.mjs). */
  readonly nodeEntry: string
  readonly toolsDir: string
  /** Kubernetes and Istio data files. */
  readonly kubeDataDir: string
  /** Default: namespaces where they can be had, else preload. */
  readonly way?: Way
  /** Fills the git host before anything looks at it. A push hook to `builder` makes images of a repository's tags. */
  readonly seed: (gitHost: GitHost, builder: { readonly url: string; readonly secret: string }) => Promise<void>
  /** Users of the git host; the first is the one in `cloneUrl`. */
  readonly user: { readonly name: string; readonly token: string }
  readonly log: Log
}

export interface World {
  readonly way: Way
  readonly whyNot?: string
  readonly kubeUrl: string
  readonly kubeconfig: string
  /** Kubeconfig with a token of a ServiceAccount. */
  kubeconfigFor(serviceAccount: { readonly namespace: string; readonly name: string }): Promise<string>
  readonly client: KubeClient
  readonly gitHost: GitHost
  readonly registryUrl: string
  readonly prometheusUrl: string
  /** Where the registry tells of pushes from now on. */
  setRegistryNotifications(endpoints: readonly NotificationEndpoint[]): void
  readonly ingressUrl: string
  readonly slack: { readonly url: string; readonly webhookUrl: string }
  readonly builderUrl: string
  close(): Promise<void>
}

/** Images without a registry host come from the embedded registry. */
const mirrorsTo = (registry: string): RegistryMirrors => ({
  "docker.io": { endpoint: [registry], rewrite: { "^library/(.*)": "$1" } },
})

/**
 * Boots the embedded world: every part on 127.0.0.1, joined only by the protocols that their real twins speak. Rejects
 * when a part cannot start; what had started is stopped then.
 */
export async function startWorld(options: WorldOptions): Promise<World> {
  const { dataDir, log } = options
  const closers: (() => Promise<void> | void)[] = []
  const started = <T extends { close(): Promise<void> | void }>(part: T): T => {
    closers.unshift(() => part.close())
    return part
  }
  const close = async (): Promise<void> => {
    for (const stop of closers.splice(0)) await stop()
  }
  const folder = async (name: string): Promise<string> => {
    const path = join(dataDir, name)
    await mkdir(path, { recursive: true, mode: 0o700 })
    return path
  }
  try {
    // Made first: nothing may be waited for between the starts, or a failure among them finds nobody listening.
    const [gitDir, registryDir, podsDir] = await Promise.all([folder("git"), folder("registry"), folder("pods")])
    const [gitHost, registry, slack, kube, node] = await allOf([
      startGitHost({ dataDir: gitDir, users: [{ ...options.user, access: "write" }], log }).then(started),
      startRegistry({ dataDir: registryDir, log }).then(started),
      startSlackInbox({ log }).then(started),
      startKubeApi({
        dataDir: options.kubeDataDir,
        mutators: [sidecarInjector],
        validators: [istioValidator],
        log,
      }).then(started),
      startNode({
        entry: options.nodeEntry,
        toolsDir: options.toolsDir,
        stateDir: podsDir,
        ...(options.way === undefined ? {} : { way: options.way }),
        log,
      }).then(started),
    ])
    const mirrors = mirrorsTo(registry.url)
    const builderSecret = randomBytes(18).toString("base64url")
    const builder = started(
      await startBuilder({
        dataDir: await folder("builds"),
        git: { url: gitHost.url, username: options.user.name, token: options.user.token },
        registry: { url: registry.url },
        mirrors,
        webhookSecret: builderSecret,
        log,
      }),
    )
    const seeded = options.seed(gitHost, { url: builder.webhookUrl, secret: builderSecret })
    await installIstioDefinitions(kube.client({ fieldManager: "istioctl" }), options.kubeDataDir)
    const as = (user: string): KubeClient =>
      kube.client({
        user: { username: user, groups: ["system:masters", "system:authenticated"] },
        fieldManager: user.replace(/^system:/, ""),
      })
    const { certificateAuthority } = kube
    started(startControllers((manager) => kube.client({ fieldManager: manager }), { certificateAuthority, log }))
    started(
      startMeshControl({
        client: as("system:serviceaccount:istio-system:istiod"),
        push: (snapshot) => void node.configureMesh(snapshot),
        log,
      }),
    )
    const images = await createImageStore({ dataDir: await folder("images"), mirrors, log })
    const kubelet = started(
      await startKubelet({
        client: as("system:node:serin-node"),
        node,
        images,
        dataDir: await folder("kubelet"),
        log,
      }),
    )
    kube.setNodeBackend(kubelet.backend)
    const prometheusDir = await folder("prometheus")
    const telemetry = started(await startGatewayTelemetry(node, log))
    const metrics = started(
      await startMetrics({
        config: prometheusConfig(telemetry.address),
        configDir: prometheusDir,
        dataDir: join(prometheusDir, "samples"),
        client: as("system:serviceaccount:monitoring:prometheus"),
        dial: scrapeDial(node),
        log,
      }),
    )
    await seeded
    return {
      way: node.way,
      ...(node.whyNot === undefined ? {} : { whyNot: node.whyNot }),
      kubeUrl: kube.url,
      kubeconfig: kube.kubeconfig(),
      kubeconfigFor: (account) => kube.kubeconfigFor(account),
      client: kube.client(),
      gitHost,
      registryUrl: registry.url,
      setRegistryNotifications: (endpoints) => registry.setNotifications(endpoints),
      prometheusUrl: metrics.url,
      ingressUrl: `http://127.0.0.1:${node.ingressPort}`,
      slack: { url: slack.url, webhookUrl: slack.webhookUrl },
      builderUrl: builder.url,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** As Promise.all, but a failure waits until the others have started as well, so that they can be stopped. */
async function allOf<T extends readonly unknown[]>(parts: {
  readonly [K in keyof T]: Promise<T[K]>
}): Promise<readonly [...T]> {
  await Promise.allSettled(parts)
  return Promise.all(parts)
}

/** Pods are reached through the node; the gateway, which is no pod, publishes its telemetry on this machine. */
function scrapeDial(node: Node): Dial {
  return async (host, port, signal) => {
    if (host !== "127.0.0.1") return node.dial(host, port)
    const socket = connect({ host, port, signal })
    await once(socket, "connect", { signal })
    return socket
  }
}

async function startGatewayTelemetry(
  node: Node,
  log: Log,
): Promise<{ readonly address: string; close(): Promise<void> }> {
  const server = createLocalServer(
    "ingress gateway's telemetry",
    async (_request, response) =>
      send(response, 200, await node.meshStats("ingress"), { "content-type": "text/plain; version=0.0.4" }),
    log,
  )
  const port = await listen(server, 0, "ingress gateway's telemetry")
  return { address: `127.0.0.1:${port}`, close: () => closeServer(server) }
}
