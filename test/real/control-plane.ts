import { generateKeyPairSync, randomBytes } from "node:crypto"
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs"
import { request } from "node:https"
import { tmpdir } from "node:os"
import { join } from "node:path"
import { freePorts, startDaemon, untilReady, type Daemon } from "./daemon.ts"

/** A real Kubernetes without nodes of its own: what `kube` cases and controllers are compared with. */
export interface ControlPlane {
  readonly url: string
  /** PEM. */
  readonly ca: string
  /** Of user `kubernetes-admin` in `system:masters`. */
  readonly token: string
  readonly kubeconfig: string
  /** Kubeconfig of a node's kubelet. */
  nodeKubeconfig(node: string): string
  /** Writes a kubeconfig with a bearer token and gives its path. */
  kubeconfigWith(name: string, token: string): string
  /** Its audit log, a line of JSON for each event; empty unless users were named. */
  readonly auditLog: string
  readonly etcd: Daemon
  /** Kills the API server and starts it again, at the same address, after `awayMs`. */
  crashApiServer(awayMs: number): Promise<void>
  /** Everything that it wrote, logs too; removed by `close`. */
  readonly folder: string
  close(): Promise<void>
}

export interface ControlPlaneOptions {
  /** The program that holds all of Kubernetes (`goProgram("kubernetes")`). */
  readonly kubernetes: string
  /** Address of the API server. Default: loopback. */
  readonly host?: string
  /** Names of nodes that have a kubelet. Default: none, nodes are objects only. */
  readonly nodes?: readonly string[]
  /** Users whose requests the API server writes to its audit log. Default: nobody's. */
  readonly audited?: readonly string[]
  readonly log: (message: string) => void
}

/**
 * Starts etcd, kube-apiserver, kube-controller-manager and kube-scheduler on free loopback ports; ready after about
 * three seconds. A failure stops what was started and tells the end of the log of what failed.
 */
export async function startControlPlane(options: ControlPlaneOptions): Promise<ControlPlane> {
  const { kubernetes, host = "127.0.0.1", nodes = [], audited = [], log } = options
  const folder = mkdtempSync(join(tmpdir(), "serin-real-"))
  const daemons: Daemon[] = []
  const close = async () => {
    // The reverse of the start: nothing is asked of a server that is gone.
    for (const daemon of daemons.reverse()) await daemon.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  try {
    const [etcdPort = 0, peerPort = 0, apiPort = 0] = await freePorts(3)
    const start = (program: string, args: string[]) => {
      const daemon = startDaemon(program, kubernetes, [program, ...args], join(folder, `${program}.log`))
      daemons.push(daemon)
      return daemon
    }
    const etcd = start("etcd", etcdArguments(folder, etcdPort, peerPort))
    const keys = writeServiceAccountKeys(folder)
    const token = randomBytes(16).toString("hex")
    const nodeTokens = new Map(nodes.map((node) => [node, randomBytes(16).toString("hex")]))
    const users = [
      `${token},kubernetes-admin,,"system:masters"\n`,
      ...[...nodeTokens].map(([node, nodeToken]) => `${nodeToken},system:node:${node},,"system:nodes"\n`),
    ]
    writeFileSync(join(folder, "tokens.csv"), users.join(""), { mode: 0o600 })
    const auditLog = join(folder, "audit.log")
    const apiServerOptions = [
      ...apiServerArguments(folder, etcdPort, { host, port: apiPort }, keys),
      ...(audited.length === 0 ? [] : auditArguments(folder, auditLog, audited)),
    ]
    const startApiServer = () => start("kube-apiserver", apiServerOptions)
    let apiServer = startApiServer()
    const url = `https://${host}:${String(apiPort)}`
    const caFile = join(folder, "certs", "apiserver.crt")
    await untilReady(apiServer, () => answers(`${url}/readyz`, caFile, token), 60_000)
    const kubeconfig = writeKubeconfig(join(folder, "kubeconfig"), url, caFile, token)
    start("kube-controller-manager", controllerManagerArguments(kubeconfig, keys, caFile, nodes.length > 0))
    start("kube-scheduler", schedulerArguments(kubeconfig))
    log(`Kubernetes is up at ${url}`)
    return {
      url,
      ca: readFileSync(caFile, "utf8"),
      token,
      kubeconfig,
      nodeKubeconfig: (node) =>
        writeKubeconfig(join(folder, `${node}.kubeconfig`), url, caFile, nodeTokens.get(node) ?? ""),
      kubeconfigWith: (name, bearer) => writeKubeconfig(join(folder, `${name}.kubeconfig`), url, caFile, bearer),
      auditLog,
      etcd,
      async crashApiServer(awayMs) {
        await apiServer.kill()
        await new Promise((resolve) => setTimeout(resolve, awayMs))
        apiServer = startApiServer()
        await untilReady(apiServer, () => answers(`${url}/readyz`, caFile, token), 60_000)
      },
      folder,
      close,
    }
  } catch (error) {
    await close()
    throw error
  }
}

interface KeyFiles {
  readonly privateKey: string
  readonly publicKey: string
}

function writeServiceAccountKeys(folder: string): KeyFiles {
  const { privateKey, publicKey } = generateKeyPairSync("rsa", {
    modulusLength: 2048,
    privateKeyEncoding: { type: "pkcs1", format: "pem" },
    publicKeyEncoding: { type: "spki", format: "pem" },
  })
  const files = { privateKey: join(folder, "sa.key"), publicKey: join(folder, "sa.pub") }
  writeFileSync(files.privateKey, privateKey, { mode: 0o600 })
  writeFileSync(files.publicKey, publicKey)
  return files
}

function etcdArguments(folder: string, port: number, peerPort: number): string[] {
  const client = `http://127.0.0.1:${String(port)}`
  const peer = `http://127.0.0.1:${String(peerPort)}`
  return [
    `--data-dir=${join(folder, "etcd")}`,
    "--unsafe-no-fsync",
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
  ]
}

function apiServerArguments(
  folder: string,
  etcdPort: number,
  { host, port }: { readonly host: string; readonly port: number },
  keys: KeyFiles,
): string[] {
  return [
    `--etcd-servers=http://127.0.0.1:${String(etcdPort)}`,
    `--secure-port=${String(port)}`,
    `--bind-address=${host}`,
    `--cert-dir=${join(folder, "certs")}`,
    "--service-account-issuer=https://kubernetes.default.svc",
    `--service-account-key-file=${keys.publicKey}`,
    `--service-account-signing-key-file=${keys.privateKey}`,
    `--token-auth-file=${join(folder, "tokens.csv")}`,
    "--authorization-mode=Node,RBAC",
    "--service-cluster-ip-range=10.96.0.0/12",
    "--allow-privileged",
    "--endpoint-reconciler-type=none",
    "--kubelet-preferred-address-types=InternalIP",
  ]
}

/** Who asked for what and when, not what was in it; in the order of the answers. */
function auditArguments(folder: string, log: string, users: readonly string[]): string[] {
  const policy = {
    apiVersion: "audit.k8s.io/v1",
    kind: "Policy",
    omitStages: ["RequestReceived"],
    rules: [{ level: "Metadata", users }, { level: "None" }],
  }
  const file = join(folder, "audit-policy.json")
  writeFileSync(file, JSON.stringify(policy))
  writeFileSync(log, "")
  return [`--audit-policy-file=${file}`, `--audit-log-path=${log}`]
}

function controllerManagerArguments(kubeconfig: string, keys: KeyFiles, caFile: string, hasNodes: boolean): string[] {
  return [
    `--kubeconfig=${kubeconfig}`,
    "--secure-port=0",
    "--leader-elect=false",
    `--service-account-private-key-file=${keys.privateKey}`,
    `--root-ca-file=${caFile}`,
    "--use-service-account-credentials",
    // Where nodes are objects only nobody renews their leases. Addresses of pods are the CNI plugin's to give.
    `--controllers=*,-node-ipam-controller${hasNodes ? "" : ",-node-lifecycle-controller"}`,
    // Half of the default: a lost node is waited for in tests. Longer than the API server is away in any of them.
    "--node-monitor-grace-period=25s",
    "--node-monitor-period=2s",
    // The default limits would make a busy run slow, not different.
    "--kube-api-qps=500",
    "--kube-api-burst=1000",
  ]
}

function schedulerArguments(kubeconfig: string): string[] {
  return [`--kubeconfig=${kubeconfig}`, "--secure-port=0", "--leader-elect=false"]
}

/** Whether a GET with the token is answered by 200. The certificate is made by the server during its start. */
async function answers(url: string, caFile: string, token: string): Promise<boolean> {
  if (!existsSync(caFile)) return false
  const options = { ca: readFileSync(caFile), headers: { authorization: `Bearer ${token}` }, timeout: 2_000 }
  return new Promise((resolve) => {
    const call = request(url, options, (response) => {
      response.resume()
      resolve(response.statusCode === 200)
    })
    call.on("timeout", () => call.destroy())
    call.on("error", () => resolve(false))
    call.end()
  })
}

/** JSON is YAML: a kubeconfig that kubectl and client libraries read. */
function writeKubeconfig(file: string, server: string, caFile: string, token: string): string {
  const config = {
    apiVersion: "v1",
    kind: "Config",
    clusters: [{ name: "real", cluster: { server, "certificate-authority": caFile } }],
    users: [{ name: "admin", user: { token } }],
    contexts: [{ name: "real", context: { cluster: "real", user: "admin" } }],
    "current-context": "real",
  }
  writeFileSync(file, JSON.stringify(config, undefined, 2), { mode: 0o600 })
  return file
}
