import { homedir } from "node:os"
import { join } from "node:path"
import {
  createKubeClient,
  kubeconfigCredentials,
  proxiesOf,
  systemClock,
  systemNamespace,
  type Credentials,
  type KubeClient,
  type KubeObject,
} from "@serin/agent"
import type { Connection } from "./agent-client.ts"
import { CliError } from "./cli-error.ts"
import { exitCodes } from "./exit-codes.ts"

export interface ClusterOptions {
  readonly kubeconfig?: string
}

/** The cluster and user of the kubeconfig that the command names, or that kubectl would take. */
export function credentialsOf(options: ClusterOptions): Promise<Credentials> {
  // An empty variable counts as none, as with kubectl.
  const named = process.env["KUBECONFIG"]?.split(":").find((file) => file !== "")
  const path = options.kubeconfig ?? named ?? join(homedir(), ".kube", "config")
  return kubeconfigCredentials(path, systemClock, proxiesOf(process.env))
}

export async function clusterOf(options: ClusterOptions): Promise<KubeClient> {
  return createKubeClient(await credentialsOf(options))
}

interface ConfigMap extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

/** Where the agent answers (--agent, or as the cluster's ConfigMap says), and the user's own token of the cluster. */
export async function connect(options: ClusterOptions & { readonly agent?: string }): Promise<Connection> {
  const credentials = await credentialsOf(options)
  const { authorization } = (await credentials.access()).headers
  const token = /^Bearer (.+)$/.exec(authorization ?? "")?.[1]
  if (token === undefined) {
    throw new CliError(
      "the kubeconfig's user has no bearer token, by which the agent knows people",
      "Use a kubeconfig with a token, e.g. one of `kubectl create token`.",
      exitCodes.usage,
    )
  }
  return { url: options.agent ?? (await publicUrl(options)), token }
}

async function publicUrl(options: ClusterOptions): Promise<string> {
  const cluster = await clusterOf(options)
  try {
    const settings = await cluster.get<ConfigMap>({
      apiVersion: "v1",
      kind: "ConfigMap",
      namespace: systemNamespace,
      name: "serin",
    })
    if (!settings.ok) {
      const missing = settings.error.code === "KUBE_NOT_FOUND"
      throw new CliError(
        missing ? "Serin is not installed in this cluster" : settings.error.message,
        missing ? "Install it with `serin install --git-url … --apply`." : settings.error.next,
        exitCodes.unreachable,
      )
    }
    const url = settings.value.data?.["publicUrl"]
    if (url === undefined)
      throw new CliError(
        "the cluster does not say where the agent answers",
        "Name it with --agent URL, or install with --web-url.",
        exitCodes.usage,
      )
    return url
  } finally {
    await cluster.close()
  }
}
