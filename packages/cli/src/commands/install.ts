import { applyInstallation, prepareInstallation, systemClock, toYaml } from "@serin/agent"
import { Command } from "commander"
import { print } from "../command.ts"
import { clusterOf } from "../connect.ts"
import { parseWhole } from "../option-values.ts"
import { outputOption, render, type Format } from "../output.ts"
import { version } from "../version.ts"
import { installed, nextSteps } from "./install-done.ts"
import {
  collectMirror,
  collectNamespace,
  collectOutbound,
  parseNamespace,
  requestOf,
  type RequestOptions,
} from "./install-request.ts"

interface InstallCommandOptions extends RequestOptions {
  readonly kubeconfig?: string
  readonly secretsOnly?: boolean
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
    .option(
      "--namespace <name>",
      "what the repository may apply: workloads and their routes in this namespace; may be repeated",
      collectNamespace,
    )
    .option("--platform-wide", "what the repository may apply: anything, as cluster-admin")
    .option(
      "--tenant <namespace>",
      "only connect a repository, in this namespace, to a Serin that is there; it may apply to this namespace",
      parseNamespace,
    )
    .option("--prometheus-url <url>", "where Prometheus answers")
    .option("--slack-webhook-url <url>", "Slack incoming webhook for messages")
    .option(
      "--registry-mirror <host=url[,pattern=replacement]>",
      "fetch a registry's images from another place; may be repeated",
      collectMirror,
    )
    .option("--web-url <url>", "where people reach Serin's page and API")
    .option("--hooks-url <url>", "where git host and registry reach Serin's receivers (default: the --web-url)")
    .option(
      "--allow-outbound <address>",
      "what gates and hooks of canaries may call: HOST, *.DOMAIN, address or CIDR, with :PORT or for all; may be repeated",
      collectOutbound,
    )
    .option("--hook-secret <name>", "Secret beside the Repository with the keys that gates and hooks sign with")
    .option("--interval <duration>", "how often to look at Git without a webhook")
    .option("--pushes-per-minute <n>", "most pushes that Serin makes", parseWhole(1))
    .option("--cluster <name>", "this cluster's name: who steers a delivery", "default")
    .option("--image <ref>", `the agent's image (default: serin:${version}, from wherever the nodes get it)`)
    .option("--image-pull-secret <name>", "Secret in serin-system with the login for that image")
    .option("--replicas <n>", "pods of the agent; one works, the others stand by", parseWhole(1), 2)
    .option("--ca-bundle <file>", "certificate authorities (PEM) of git host, registries, Prometheus and webhooks")
    .option("--http-proxy <url>", "HTTP_PROXY of the agent")
    .option("--https-proxy <url>", "HTTPS_PROXY of the agent")
    .option("--proxy-exceptions <hosts>", "NO_PROXY of the agent, e.g. .svc,10.96.0.0/12")
    .option(
      "--no-agent",
      "leave out Deployment and Service: the agent runs elsewhere, with a kubeconfig of its account",
    )
    .option("--secrets-only", "only the Secrets, for an installation by Helm or kustomize, which make none")
    .option("--apply", "apply it to the cluster; without it, the manifests are printed, secrets included")
    .addOption(outputOption())
    .addHelpText(
      "after",
      `
Run it again to change a setting: keys and secrets that are there stay.

Example:
  serin install --git-url ssh://git@git.example.com/team/config.git --git-path cluster --git-known-hosts known_hosts --namespace shop --apply`,
    )
    .action(async (options: InstallCommandOptions) => {
      const request = await requestOf(options)
      const cluster = options.apply ? await clusterOf(options) : undefined
      try {
        const prepared = await prepareInstallation(request, cluster)
        const manifests = prepared.manifests.filter(({ kind }) => !options.secretsOnly || kind === "Secret")
        if (cluster === undefined) {
          const list = { apiVersion: "v1", kind: "List", items: manifests }
          return print(options.output === "json" ? render("json", [], [], list) : toYaml(manifests))
        }
        await applyInstallation(cluster, manifests, systemClock)
        const done = installed(request, { ...prepared, manifests })
        print(options.output === "table" ? nextSteps(done) : render(options.output, [], [], done))
      } finally {
        await cluster?.close()
      }
    })
}
