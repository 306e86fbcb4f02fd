import { inClusterCredentials, kubeconfigCredentials, startAgent, systemClock } from "@serin/agent"
import { CliError } from "./cli-error.ts"
import { exitCodes } from "./exit-codes.ts"

export interface RunAgentOptions {
  readonly kubeconfig?: string
  readonly listen: { readonly host: string; readonly port: number }
  readonly cacheDir: string
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
      : await kubeconfigCredentials(options.kubeconfig, systemClock)
  return startAgent({
    credentials,
    listen: options.listen,
    cacheDir: options.cacheDir,
    webDir: options.webDir,
    clock: systemClock,
    random: Math.random,
    log: (message, fields) =>
      process.stdout.write(`${JSON.stringify({ time: new Date().toISOString(), message, ...fields })}\n`),
    at: crashPoint(process.env["SERIN_CRASH_AT"]),
  })
}

/**
 * Fault injection: `boundary` or `boundary#3` kills the process, as kill -9 does, when the boundary is passed for the first
 * (third) time. A boundary matches by its beginning.
 */
function crashPoint(wanted: string | undefined): (boundary: string) => void {
  if (wanted === undefined) return () => undefined
  const [prefix = "", count = "1"] = wanted.split("#")
  let left = Number(count)
  return (boundary) => {
    if (!boundary.startsWith(prefix)) return
    left -= 1
    if (left === 0) process.kill(process.pid, "SIGKILL")
  }
}
