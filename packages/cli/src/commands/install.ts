import { readFile } from "node:fs/promises"
import { text } from "node:stream/consumers"
import {
  applyInstallation,
  hooksSecretName,
  prepareInstallation,
  systemClock,
  systemNamespace,
  type InstallRequest,
  type RegistryMirrors,
} from "@serin/agent"
import { Command, InvalidArgumentError } from "commander"
import { stringify } from "yaml"
import { CliError } from "../cli-error.ts"
import { print } from "../command.ts"
import { clusterOf } from "../connect.ts"
import { exitCodes } from "../exit-codes.ts"
import { parseWhole } from "../option-values.ts"
import { outputOption, render, type Format } from "../output.ts"

interface InstallCommandOptions {
  readonly kubeconfig?: string
  readonly gitUrl: string
  readonly gitBranch: string
  readonly gitPath: string
  readonly gitKnownHosts?: string
  readonly gitUsername?: string
  readonly gitTokenStdin?: boolean
  readonly name?: string
  readonly prometheusUrl?: string
  readonly slackWebhookUrl?: string
  readonly registryMirror?: RegistryMirrors
  readonly webUrl?: string
  readonly interval?: string
  readonly pushesPerMinute?: number
  readonly cluster: string
  readonly apply?: boolean
  readonly output: Format
}

export function installCommand(): Command {
  return new Command("install")
    .description("print (or with --apply apply) what Serin needs in a cluster, and connect a config repository")
    .option("--kubeconfig <file>", "cluster and user (default: $KUBECONFIG, then ~/.kube/config)")
    .requiredOption("--git-url <url>", "config repository, ssh:// or https://, without credentials")
    .option("--git-branch <name>", "branch", "main")
    .option("--git-path <folder>", "folder of the manifests", "")
    .option(
      "--git-known-hosts <file>",
      "for SSH: lines of known_hosts that pin the git host's key (ssh-keyscan prints them: compare with what the host's owner publishes)",
    )
    .option("--git-username <name>", "for HTTPS: user")
    .option("--git-token-stdin", "for HTTPS: read the token from standard input")
    .option("--name <name>", "name of the Repository (default: the repository's own)")
    .option("--prometheus-url <url>", "where Prometheus answers")
    .option("--slack-webhook-url <url>", "Slack incoming webhook for messages")
    .option(
      "--registry-mirror <host=url[,pattern=replacement]>",
      "fetch a registry's images from another place; may be repeated",
      collectMirror,
    )
    .option("--web-url <url>", "where people reach Serin's page and API")
    .option("--interval <duration>", "how often to look at Git without a webhook")
    .option("--pushes-per-minute <n>", "most pushes that Serin makes", parseWhole(1))
    .option("--cluster <name>", "this cluster's name: who steers a delivery", "default")
    .option("--apply", "apply it to the cluster; without it, the manifests are printed, secrets included")
    .addOption(outputOption())
    .addHelpText(
      "after",
      `
The agent itself runs as a process of the embedded world for now; its Deployment for real clusters is not there yet.

Example:
  serin install --git-url ssh://git@git.example.com/team/config.git --git-path cluster --git-known-hosts known_hosts --apply`,
    )
    .action(async (options: InstallCommandOptions) => {
      const request = await requestOf(options)
      if (!options.apply) {
        const { manifests } = await prepareInstallation(request, undefined)
        const list = { apiVersion: "v1", kind: "List", items: manifests }
        return print(
          options.output === "json"
            ? render("json", [], [], list)
            : manifests.map((manifest) => stringify(manifest)).join("---\n"),
        )
      }
      const cluster = await clusterOf(options)
      try {
        const { manifests, publicKey } = await prepareInstallation(request, cluster)
        await applyInstallation(cluster, manifests, systemClock)
        const done = {
          objects: manifests.length,
          namespace: systemNamespace,
          deployKey: publicKey,
          ...hooksOf(request),
        }
        print(options.output === "table" ? nextSteps(done) : render(options.output, [], [], done))
      } finally {
        await cluster.close()
      }
    })
}

interface Installed {
  readonly objects: number
  readonly namespace: string
  /** To be added at the git host; absent when a token is used. */
  readonly deployKey: string | undefined
  /** Where git host and registry tell of pushes; absent without --web-url. */
  readonly gitHook?: string
  readonly registryHook?: string
}

function hooksOf({ webUrl, name }: InstallRequest): Pick<Installed, "gitHook" | "registryHook"> {
  if (webUrl === undefined) return {}
  const at = (path: string): string => `${webUrl.replace(/\/$/, "")}/hooks/${path}`
  return { gitHook: at(`git/${systemNamespace}/${name}`), registryHook: at(`registry/${systemNamespace}`) }
}

/** What is left to do by hand, in order. */
function nextSteps({ objects, namespace, deployKey, gitHook, registryHook }: Installed): string {
  const secret = (key: string): string =>
    `kubectl -n ${namespace} get secret ${hooksSecretName} -o jsonpath='{.data.${key}}' | base64 -d`
  const key =
    deployKey === undefined ? [] : [`Add this deploy key to the repository, with the right to push:\n\n  ${deployKey}`]
  const hooks =
    gitHook === undefined || registryHook === undefined
      ? []
      : [
          [
            "To have pushes seen at once instead of at the next poll, add webhooks:",
            "",
            `  git push       ${gitHook}`,
            `      secret     ${secret("git")}`,
            `  registry push  ${registryHook}`,
            `      bearer     ${secret("registry")}`,
          ].join("\n"),
        ]
  return [
    `${objects} objects are applied; the agent's are in namespace ${namespace}.`,
    ...key,
    ...hooks,
    "Then look at it with `serin check` and `serin status`.",
  ].join("\n\n")
}

async function requestOf(options: InstallCommandOptions): Promise<InstallRequest> {
  if (!/^(?:(?:ssh|https?):\/\/[^/]+\/.+|[^/@:]+@[^/:]+:.+)$/.test(options.gitUrl)) {
    throw new CliError(
      `"${options.gitUrl}" is no address of a repository`,
      "Write ssh://git@HOST/PATH.git or https://HOST/PATH.git.",
      exitCodes.usage,
    )
  }
  const name = options.name ?? /([^/:]+?)(?:\.git)?\/*$/.exec(options.gitUrl)?.[1]?.toLowerCase() ?? "config"
  return {
    git: { url: options.gitUrl, branch: options.gitBranch, path: options.gitPath },
    name,
    cluster: options.cluster,
    access: await accessOf(options),
    ...(options.prometheusUrl === undefined ? {} : { prometheusUrl: options.prometheusUrl }),
    ...(options.slackWebhookUrl === undefined ? {} : { slackWebhookUrl: options.slackWebhookUrl }),
    ...(options.registryMirror === undefined ? {} : { registryMirrors: options.registryMirror }),
    ...(options.webUrl === undefined ? {} : { webUrl: options.webUrl }),
    ...(options.interval === undefined ? {} : { interval: options.interval }),
    ...(options.pushesPerMinute === undefined ? {} : { pushesPerMinute: options.pushesPerMinute }),
  }
}

async function accessOf(options: InstallCommandOptions): Promise<InstallRequest["access"]> {
  if (/^https?:/.test(options.gitUrl)) {
    if (!options.gitTokenStdin || options.gitUsername === undefined) {
      throw new CliError(
        "a repository over HTTP needs a user and a token",
        "Give --git-username NAME and --git-token-stdin, with the token on standard input.",
        exitCodes.usage,
      )
    }
    return { username: options.gitUsername, token: (await text(process.stdin)).trim() }
  }
  if (options.gitKnownHosts === undefined) {
    throw new CliError(
      "a repository over SSH needs the git host's key",
      "Write it to a file with `ssh-keyscan HOST`, compare it with what the host's owner publishes, and give --git-known-hosts FILE.",
      exitCodes.usage,
    )
  }
  try {
    return { knownHosts: await readFile(options.gitKnownHosts, "utf8") }
  } catch (error) {
    throw new CliError(
      `--git-known-hosts: ${error instanceof Error ? error.message : String(error)}`,
      "Write the file with `ssh-keyscan HOST`, and compare it with what the host's owner publishes.",
      exitCodes.usage,
    )
  }
}

function collectMirror(value: string, before: RegistryMirrors | undefined): RegistryMirrors {
  const [, host, endpoint, pattern, replacement] = /^([^=,]+)=(https?:\/\/[^,]+)(?:,(.+)=([^=]*))?$/.exec(value) ?? []
  if (host === undefined || endpoint === undefined)
    throw new InvalidArgumentError(
      "Write HOST=URL or HOST=URL,PATTERN=REPLACEMENT, e.g. docker.io=http://127.0.0.1:5000.",
    )
  return {
    ...before,
    [host]: { endpoint: [endpoint], ...(pattern === undefined ? {} : { rewrite: { [pattern]: replacement ?? "" } }) },
  }
}
