import { existsSync, readFileSync, rmSync } from "node:fs"
import {
  inClusterCredentials,
  kubeconfigCredentials,
  proxiesOf,
  startAgent,
  startReplica,
  systemClock,
  type AgentOptions,
} from "@serin/agent"
import { CliError } from "./cli-error.ts"
import { exitCodes } from "./exit-codes.ts"

export interface HostPort {
  readonly host: string
  readonly port: number
}

export interface RunAgentOptions {
  readonly kubeconfig?: string
  readonly listen: HostPort
  readonly hooksListen: HostPort
  /** One of several replicas: its name among them and where they reach it. Absent: the only one. */
  readonly replica?: { readonly name: string; readonly address: string }
  /** Ends the process: this replica led and does not any more. */
  readonly onLost: () => void
  readonly cacheDir: string
  /** Certificate authorities beside the system's; the file need not be there. */
  readonly caBundle?: string
  readonly webDir: string
}

const accountFolder = "/var/run/secrets/kubernetes.io/serviceaccount"

/** The agent with this process's environment: credentials, log lines as JSON on stdout, the crash point that a test asks for. */
export async function runAgent(options: RunAgentOptions): Promise<{ readonly url: string; close(): Promise<void> }> {
  const host = process.env["KUBERNETES_SERVICE_HOST"]
  if (options.kubeconfig === undefined && host === undefined) {
    throw new CliError(
      "there is neither --kubeconfig nor a cluster around this process",
      "Give --kubeconfig FILE.",
      exitCodes.usage,
    )
  }
  const credentials =
    options.kubeconfig === undefined
      ? await inClusterCredentials(
          { host: host ?? "", port: process.env["KUBERNETES_SERVICE_PORT"] ?? "443", folder: accountFolder },
          systemClock,
        )
      : await kubeconfigCredentials(options.kubeconfig, systemClock, proxiesOf(process.env))
  const agent: AgentOptions = {
    credentials,
    listen: options.listen,
    hooksListen: options.hooksListen,
    cacheDir: options.cacheDir,
    environment: process.env,
    ...(options.caBundle === undefined ? {} : { caBundle: options.caBundle }),
    webDir: options.webDir,
    clock: systemClock,
    random: Math.random,
    log: (message, fields) =>
      process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), message, ...fields })}\n`),
    at: crashPoint(process.env["SERIN_CRASH_FILE"]),
  }
  const { replica, onLost } = options
  if (replica === undefined) return startAgent(agent)
  const monotonic = () => performance.now()
  return startReplica({ ...agent, replica: replica.name, address: replica.address, monotonic, onLost })
}

/**
 * Fault injection: while the file exists and its text is the beginning of a boundary's name, the process removes it and dies
 * there as by kill -9.
 */
function crashPoint(file: string | undefined): (boundary: string) => void {
  if (file === undefined) return () => undefined
  return (boundary) => {
    if (!existsSync(file) || !boundary.startsWith(readFileSync(file, "utf8").trim())) return
    rmSync(file)
    process.kill(process.pid, "SIGKILL")
  }
}
