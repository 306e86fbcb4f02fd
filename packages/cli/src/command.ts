import { Command } from "commander"
import { AgentClient } from "./agent-client.ts"
import { connect } from "./connect.ts"
import { outputOption, type Format } from "./output.ts"

/** Options that every command which talks to the agent understands. */
export interface AgentOptions {
  readonly kubeconfig?: string
  readonly agent?: string
  readonly namespace: string
  readonly output: Format
}

/** Where a command writes what it found; tests and pipes read the same. */
export type Print = (text: string) => void
export const print: Print = (text) => process.stdout.write(text.endsWith("\n") ? text : `${text}\n`)

/**
 * A command with the options that all share. `example` is a command line that works on the story's world, shown under
 * `--help`.
 */
export function agentCommand(name: string, description: string, example: string): Command {
  return new Command(name)
    .description(description)
    .option("--kubeconfig <file>", "cluster and user (default: $KUBECONFIG, then ~/.kube/config)")
    .option("--agent <url>", "the agent's address (default: as the cluster's ConfigMap serin-system/serin says)")
    .option("-n, --namespace <name>", "namespace", "default")
    .addOption(outputOption())
    .addHelpText("after", `\nExample:\n  ${example}`)
}

export async function agentOf(options: AgentOptions): Promise<AgentClient> {
  return new AgentClient(await connect(options))
}

/** `deployment/podinfo-canary` or just `podinfo-canary` → kind (in the API's spelling) and name. */
export function parseWorkload(text: string): { kind: string; name: string } {
  const [first = "", second] = text.split("/")
  if (second === undefined) return { kind: "Deployment", name: first }
  const kinds: Readonly<Record<string, string>> = {
    deploy: "Deployment",
    deployment: "Deployment",
    sts: "StatefulSet",
    statefulset: "StatefulSet",
    ds: "DaemonSet",
    daemonset: "DaemonSet",
    cronjob: "CronJob",
    job: "Job",
    pod: "Pod",
  }
  return { kind: kinds[first.toLowerCase()] ?? first, name: second }
}
