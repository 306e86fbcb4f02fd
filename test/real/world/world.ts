import { randomBytes } from "node:crypto"
import { mkdirSync } from "node:fs"
import { join } from "node:path"
import { seedPodinfo } from "../../../examples/podinfo/seed.ts"
import type { Endpoints } from "../../../packages/cli/src/sandbox/endpoints.ts"
import { startBuilder, startGitHost, startSlackInbox } from "../../../packages/sandbox/src/index.ts"
import { startAgentsRegistry, type AgentsRegistry } from "./agents-registry.ts"
import { startCluster, type Cluster } from "./cluster.ts"
import { forward, forwardHttp, type Forward } from "./forward.ts"
import { pushAgentImage } from "./images.ts"
import { gateway } from "./namespaces.ts"
import { outsideAgent, startOutsideAgent } from "./outside-agent.ts"
import type { Programs } from "./programs.ts"
import { startRealPrometheus, type RealPrometheus } from "./prometheus.ts"
import type { RealRegistry } from "./registry.ts"

/** A cluster with Prometheus, and the project's git host, builder and Slack inbox. */
export interface RealWorld extends Cluster {
  readonly prometheus: RealPrometheus
  readonly endpoints: Endpoints
  readonly registryForAgent: AgentsRegistry
  /** Runs the agent as a process beside the cluster, and leads people and hooks to it instead of to the pods. */
  runAgentOutside(): Promise<void>
  /** What the agent sees of the git host: cut off, or there again. */
  readonly gitForAgent: { cut(): Promise<void>; mend(): Promise<void> }
}

const user = { name: "dev", access: "write" } as const
/** Where people reach the agent, as through a load balancer: page and API, and the receivers of hooks. */
const [webPort, hooksPort] = [8090, 8091]

/** Starts all of it; the caller is inside namespaces of its own. */
export async function startRealWorld(programs: Programs, say: (line: string) => void): Promise<RealWorld> {
  const closers: (() => Promise<void>)[] = []
  const started = <T extends { close(): Promise<void> }>(part: T): T => {
    closers.unshift(() => part.close())
    return part
  }
  const close = async (): Promise<void> => {
    for (const stop of closers.splice(0)) await stop()
  }
  try {
    const cluster = started(await startCluster(programs, say))
    const { folder, kubectl, plane, registry } = cluster
    await pushAgentImage({ registry: registry.url, say })
    const prometheus = started(await startRealPrometheus(kubectl, folder))
    const { gitForAgent, ...people } = await startPeoplesParts(folder, registry, started)
    const ingress = started(await forward(gateway, cluster.serviceAddress("istio-system", "istio-ingressgateway", 80)))
    let isOutside = false
    const agent = (part: "web" | "hooks", servicePort: number) => {
      const inside = cluster.serviceAddress("serin-system", "serin", servicePort)
      return async () => (isOutside ? outsideAgent[part] : inside())
    }
    started(await forward(gateway, agent("web", 80), webPort))
    started(await forward(gateway, agent("hooks", 81), hooksPort))
    const registryForAgent = started(await startAgentsRegistry(registry))
    say("the real world is up")
    return {
      ...cluster,
      prometheus,
      gitForAgent,
      registryForAgent,
      async runAgentOutside() {
        const daemon = await startOutsideAgent(kubectl, plane, folder)
        closers.unshift(() => daemon.stop())
        isOutside = true
      },
      endpoints: {
        ...people,
        kube: plane.url,
        registry: registry.url,
        prometheus: prometheus.url,
        ingress: `http://${gateway}:${String(ingress.port)}`,
        web: `http://${gateway}:${String(webPort)}`,
        hooks: `http://${gateway}:${String(hooksPort)}`,
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** Git host, builder and Slack inbox. They listen on loopback; pods and people reach them on the machine's other address. */
async function startPeoplesParts(
  folder: string,
  registry: RealRegistry,
  started: <T extends { close(): Promise<void> }>(part: T) => T,
): Promise<
  Pick<RealWorld, "gitForAgent"> &
    Pick<
      Endpoints,
      "git" | "configRepo" | "appRepo" | "configRepoSsh" | "gitKnownHosts" | "slack" | "slackWebhook" | "builder"
    >
> {
  const log = () => undefined
  const token = randomBytes(18).toString("base64url")
  const sub = (name: string): string => {
    const path = join(folder, name)
    mkdirSync(path, { recursive: true })
    return path
  }
  const git = started(await startGitHost({ dataDir: sub("git"), users: [{ ...user, token }], log }))
  const slack = started(await startSlackInbox({ log }))
  const secret = randomBytes(18).toString("base64url")
  const builder = started(
    await startBuilder({
      dataDir: sub("builds"),
      git: { url: git.url, username: user.name, token },
      registry: { url: registry.url },
      mirrors: { "docker.io": { endpoint: [registry.url] } },
      webhookSecret: secret,
      // As containerd asks for images that name neither registry nor owner.
      imageName: (repository) => `library/${repository.split("/").at(-1) ?? ""}`,
      log,
    }),
  )
  await git.createRepository("team/podinfo")
  await git.addHook("team/podinfo", { url: builder.webhookUrl, secret })
  await seedPodinfo(git)
  // People are on this machine; the agent in its pod is not.
  const atGateway = (text: string): string => text.replace("127.0.0.1", gateway)
  const sshPort = Number(new URL(git.sshUrl).port)
  const openSsh = () => forward(gateway, () => Promise.resolve({ host: "127.0.0.1", port: sshPort }), sshPort)
  let ssh: Forward | undefined = await openSsh()
  const gitForAgent = {
    cut: async (): Promise<void> => {
      await ssh?.close()
      ssh = undefined
    },
    mend: async (): Promise<void> => {
      ssh ??= await openSsh()
    },
  }
  started({ close: gitForAgent.cut })
  started(await forwardHttp(gateway, new URL(slack.url)))
  return {
    gitForAgent,
    git: git.url,
    configRepo: git.cloneUrl("team/config", user.name),
    appRepo: git.cloneUrl("team/podinfo", user.name),
    configRepoSsh: atGateway(git.sshCloneUrl("team/config")),
    gitKnownHosts: atGateway(git.knownHosts),
    slack: slack.url,
    slackWebhook: atGateway(slack.webhookUrl),
    builder: builder.url,
  }
}
