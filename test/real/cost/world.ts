import { spawnSync } from "node:child_process"
import { readFileSync } from "node:fs"
import { join } from "node:path"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { unwrap } from "../../../packages/agent/src/errors.ts"
import {
  createKubeClient,
  kubeconfigCredentials,
  serviceAccountUser,
  type KubeClient,
  type KubeObject,
} from "../../../packages/agent/src/kube/index.ts"
import { systemClock } from "../../../packages/agent/src/runtime/index.ts"
import { startControlPlane, type ControlPlane } from "../control-plane.ts"
import { freePorts, startDaemon, type Daemon } from "../daemon.ts"
import { goProgram } from "../go-program.ts"
import { ask } from "../install/program.ts"
import { AuditLog } from "./audit.ts"
import { startConfigRepositories, user, type ConfigRepositories } from "./config-repository.ts"

export const system = "serin-system"
const agentUser = serviceAccountUser(system, "serin").user
/** Whom the agent applies as. */
export const applyUser = serviceAccountUser(system, "serin-apply")

/** A real control plane that the agent follows a repository of 1,001 objects on, installed by its own `serin install`. */
export interface CostWorld {
  readonly plane: ControlPlane
  readonly audit: AuditLog
  /** Not audited. */
  readonly admin: KubeClient
  /** Of the agent's own account: a bearer token. */
  readonly agentToken: string
  /** The running process. */
  readonly agent: Daemon
  /** Stops it and starts another with what it left in its cache. */
  restartAgent(): Promise<void>
  readonly git: ConfigRepositories
  /** The first commit of `config`. */
  readonly seeded: string
  /** The status of a Repository in the agent's namespace. */
  status(repository: string): Promise<{ readonly revision?: string; readonly conditions?: readonly Condition[] }>
  /** The API server's: `v1.36.3`. */
  version(): Promise<string>
  close(): Promise<void>
}

interface Condition {
  readonly type: string
  readonly status: string
  readonly message: string
}

const root = fileURLToPath(new URL("../../../", import.meta.url))
const serin = join(root, "dist/serin.js")
const definitions = join(root, "packages/sandbox/data/istio-crds.json.gz")

/** How often the agent looks at the git host in the repository that `serin install` connects: thrice in a minute. */
const interval = "20s"

/** Starts all of it; `config` in namespace `cost` is not synced yet. `dist/` must be built. */
export async function startCostWorld(print: (line: string) => void): Promise<CostWorld> {
  const kubernetes = await goProgram("kubernetes", print)
  const plane = await startControlPlane({ kubernetes, audited: [agentUser], log: print })
  const closers: (() => Promise<unknown>)[] = [() => plane.close()]
  const close = async (): Promise<void> => {
    for (const stop of closers.splice(0).toReversed()) await stop()
  }
  try {
    const admin = createKubeClient(await kubeconfigCredentials(plane.kubeconfig, systemClock))
    closers.push(() => admin.close())
    const git = await startConfigRepositories(plane.folder, () => undefined)
    closers.push(() => git.close())
    const crds = JSON.parse(gunzipSync(readFileSync(definitions)).toString("utf8")) as KubeObject[]
    for (const crd of crds) unwrap(await admin.apply(crd))
    const { commit: seeded } = await git.seed("config", "cost")
    install(plane, git.url("config"))
    const agentToken = await tokenOf(kubernetes, plane)
    const start = await prepareAgent(plane, agentToken, admin, git)
    let agent = start()
    closers.push(() => agent.stop())
    return {
      plane,
      audit: new AuditLog(plane.auditLog),
      admin,
      agentToken,
      get agent() {
        return agent
      },
      async restartAgent() {
        await agent.stop()
        agent = start()
      },
      git,
      seeded,
      async status(name) {
        const ref = { apiVersion: "serin.dev/v1alpha1", kind: "Repository", namespace: system, name }
        const { status } = unwrap(await admin.get<KubeObject & { readonly status?: object }>(ref))
        return status ?? {}
      },
      version: async () => {
        const { stdout } = await ask(kubernetes, ["kubectl", "version", "-o", "json"], kubectlEnv(plane))
        return (JSON.parse(stdout) as { serverVersion: { gitVersion: string } }).serverVersion.gitVersion
      },
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

/** As a person does it who lets a repository make namespaces; the agent runs outside, where there are no nodes. */
function install(plane: ControlPlane, url: string): void {
  const access = ["--git-url", url, "--git-username", user.name, "--git-token-stdin"]
  const args = ["install", ...access, "--platform-wide", "--no-agent", "--interval", interval, "--apply"]
  const { status, stderr } = spawnSync(process.execPath, [serin, ...args], {
    env: { PATH: process.env["PATH"], KUBECONFIG: plane.kubeconfig },
    input: user.token,
    encoding: "utf8",
  })
  if (status !== 0) throw new Error(`serin install ended with ${String(status)}:\n${stderr}`)
}

async function tokenOf(kubernetes: string, plane: ControlPlane): Promise<string> {
  const args = ["kubectl", "-n", system, "create", "token", "serin", "--duration=2h"]
  const { code, stdout, stderr } = await ask(kubernetes, args, kubectlEnv(plane))
  if (code !== 0) throw new Error(`no token for the agent:\n${stderr}`)
  return stdout.trim()
}

/** kubectl keeps what it has discovered below HOME. */
const kubectlEnv = ({ kubeconfig, folder }: ControlPlane) => ({ KUBECONFIG: kubeconfig, HOME: folder })

/** With all that production has: an account's own rights, the Lease, a webhook of the git host. */
async function prepareAgent(
  plane: ControlPlane,
  token: string,
  admin: KubeClient,
  git: ConfigRepositories,
): Promise<() => Daemon> {
  const [port = 0, hooksPort = 0] = await freePorts(2)
  const hooks = { apiVersion: "v1", kind: "Secret", namespace: system, name: "serin-hooks" }
  const { data } = unwrap(await admin.get<KubeObject & { readonly data: { readonly git: string } }>(hooks))
  const secret = Buffer.from(data.git, "base64").toString("utf8")
  await git.addHook("config", { url: `http://127.0.0.1:${String(hooksPort)}/hooks/git/${system}/config`, secret })
  const kubeconfig = plane.kubeconfigWith("agent", token)
  const listen = ["--listen", `127.0.0.1:${String(port)}`, "--hooks-listen", `127.0.0.1:${String(hooksPort)}`]
  const cache = ["--cache-dir", join(plane.folder, "agent")]
  const args = [serin, "agent", "--kubeconfig", kubeconfig, "--replica", "serin-0", ...listen, ...cache]
  return () => startDaemon("agent", process.execPath, args, join(plane.folder, "agent.log"))
}
