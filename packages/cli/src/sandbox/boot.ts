import { randomBytes } from "node:crypto"
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises"
import { createServer } from "node:net"
import { tmpdir } from "node:os"
import { join, resolve } from "node:path"
import { parse } from "yaml"
import { startWorld, type KubeObject, type Log, type World } from "@serin/sandbox"
import { seedPodinfo } from "../../../../examples/podinfo/seed.ts"
import { CliError } from "../cli-error.ts"
import { exitCodes } from "../exit-codes.ts"
import { AgentProcess } from "./agent-process.ts"
import type { Endpoints } from "./endpoints.ts"
import { layout } from "./layout.ts"

export interface BootOptions {
  /** Default: a fresh temporary folder, which `close` removes. */
  readonly dataDir?: string
  readonly way?: "namespaces" | "preload"
  readonly log: Log
  /** Extra environment of the agent, e.g. where it is to crash. */
  readonly agentEnv?: Readonly<Record<string, string>>
}

export interface Sandbox {
  readonly dataDir: string
  readonly kubeconfig: string
  readonly endpoints: Endpoints
  /** The web page with the token in the fragment, for the person at this terminal. */
  readonly webLink: string
  readonly readyMs: number
  readonly way: World["way"]
  readonly whyNot?: string
  agentPid(): number | undefined
  close(): Promise<void>
}

/**
 * The embedded world with the story's repositories, and a place for the agent: as soon as somebody installs it (its
 * ServiceAccount appears), it runs as a process of this machine with a kubeconfig of that account.
 */
export async function bootSandbox(options: BootOptions): Promise<Sandbox> {
  const started = performance.now()
  const dataDir =
    options.dataDir === undefined ? await mkdtemp(join(tmpdir(), "serin-world-")) : resolve(options.dataDir)
  await mkdir(dataDir, { recursive: true, mode: 0o700 }).catch((error: unknown) => {
    throw new CliError(
      `the folder for the world's state cannot be made: ${error instanceof Error ? error.message : String(error)}`,
      "Name another with --data-dir DIR.",
      exitCodes.usage,
    )
  })
  const user = { name: "dev", token: randomBytes(18).toString("base64url") }
  const [world, webPort, hooksPort] = await Promise.all([
    startWorld({
      dataDir,
      nodeEntry: layout.nodeEntry,
      toolsDir: layout.toolsDir,
      kubeDataDir: layout.dataDir,
      ...(options.way === undefined ? {} : { way: options.way }),
      seed: async (gitHost, builder) => {
        await gitHost.createRepository("team/podinfo")
        await gitHost.addHook("team/podinfo", builder)
        await seedPodinfo(gitHost, layout.podinfo)
      },
      user,
      log: options.log,
    }),
    freePort(),
    freePort(),
  ])
  const kubeconfig = join(dataDir, "kubeconfig")
  await writeFile(kubeconfig, world.kubeconfig, { mode: 0o600 })
  const endpoints = endpointsOf(world, { web: `http://127.0.0.1:${webPort}`, hooks: `http://127.0.0.1:${hooksPort}` })
  await writeFile(join(dataDir, "endpoints.json"), `${JSON.stringify(endpoints, undefined, 2)}\n`, { mode: 0o600 })
  const agent = runAgent(world, dataDir, { webPort, hooksPort }, options)
  return {
    dataDir,
    kubeconfig,
    endpoints,
    webLink: `${endpoints.web}/#token=${tokenOf(world.kubeconfig)}`,
    readyMs: Math.round(performance.now() - started),
    way: world.way,
    ...(world.whyNot === undefined ? {} : { whyNot: world.whyNot }),
    agentPid: () => agent.pid(),
    close: async () => {
      await agent.close()
      await world.close()
      if (options.dataDir === undefined) await rm(dataDir, { recursive: true, force: true })
    },
  }
}

function endpointsOf(world: World, agent: Pick<Endpoints, "web" | "hooks">): Endpoints {
  const { gitHost } = world
  return {
    kube: world.kubeUrl,
    git: gitHost.url,
    configRepo: gitHost.cloneUrl("team/config", "dev"),
    appRepo: gitHost.cloneUrl("team/podinfo", "dev"),
    configRepoSsh: gitHost.sshCloneUrl("team/config"),
    gitKnownHosts: gitHost.knownHosts,
    registry: world.registryUrl,
    prometheus: world.prometheusUrl,
    ingress: world.ingressUrl,
    ...agent,
    slack: world.slack.url,
    slackWebhook: world.slack.webhookUrl,
    builder: world.builderUrl,
  }
}

/** The account that `serin install` makes. */
const account = { namespace: "serin-system", name: "serin" }

function runAgent(
  world: World,
  dataDir: string,
  { webPort, hooksPort }: { readonly webPort: number; readonly hooksPort: number },
  options: BootOptions,
): { pid(): number | undefined; close(): Promise<void> } {
  const stop = new AbortController()
  let running: AgentProcess | undefined
  const start = async (): Promise<void> => {
    const file = join(dataDir, "agent.kubeconfig")
    await writeFile(file, await world.kubeconfigFor(account), { mode: 0o600 })
    if (stop.signal.aborted) return
    await tellOfPushes(world, hooksPort)
    running ??= new AgentProcess({
      command: [
        process.execPath,
        layout.program,
        "agent",
        "--kubeconfig",
        file,
        "--listen",
        `127.0.0.1:${webPort}`,
        "--hooks-listen",
        `127.0.0.1:${hooksPort}`,
        "--cache-dir",
        join(dataDir, "agent"),
      ],
      env: options.agentEnv ?? {},
      logFile: join(dataDir, "agent.log"),
      onExit: (code, signal) => options.log("the agent ended and is started again", { code, signal }),
    })
  }
  const stopAgent = async (): Promise<void> => {
    const ending = running
    running = undefined
    await ending?.close()
  }
  world.client.watch(
    { group: "", version: "v1", resource: "serviceaccounts" },
    { namespace: account.namespace },
    ({ type, object }) => {
      if (object.metadata.name !== account.name) return
      // Uninstalled: as with a pod, nothing runs on without its account.
      const change = type === "DELETED" ? stopAgent() : running === undefined ? start() : Promise.resolve()
      change.catch((error: unknown) => options.log("the agent cannot be started or stopped", { error: String(error) }))
    },
    stop.signal,
  )
  return {
    pid: () => running?.pid,
    close: async () => {
      stop.abort()
      await stopAgent()
    },
  }
}

/** The registry tells the agent of each push, with the token that `serin install` made. */
async function tellOfPushes(world: World, port: number): Promise<void> {
  const secret = await world.client.get<KubeObject & { data?: Record<string, string> }>(
    { group: "", version: "v1", resource: "secrets" },
    "serin-hooks",
    account.namespace,
  )
  const token = Buffer.from(secret.data?.["registry"] ?? "", "base64").toString("utf8")
  world.setRegistryNotifications([
    {
      url: `http://127.0.0.1:${port}/hooks/registry/${account.namespace}`,
      headers: { authorization: `Bearer ${token}` },
      ignoreActions: ["pull", "mount", "delete"],
    },
  ])
}

/** A port that is free now: the agent's address has to be known before the agent runs. */
function freePort(): Promise<number> {
  return new Promise((done, failed) => {
    const probe = createServer()
    probe.once("error", failed)
    probe.listen(0, "127.0.0.1", () => {
      const address = probe.address()
      probe.close(() => done(typeof address === "object" && address !== null ? address.port : 0))
    })
  })
}

/** The token of a kubeconfig's one user. */
function tokenOf(kubeconfig: string): string {
  const { users } = parse(kubeconfig) as { users: { user: { token: string } }[] }
  return users[0]?.user.token ?? ""
}
