import type { InstallOptions } from "../../../packages/agent/src/install/index.ts"
import { version } from "../../../packages/cli/src/version.ts"

const secrets = {
  auth: { identity: "key", publicKey: "public", knownHosts: "git.example.com ssh-ed25519 AAAA" },
  hooks: { git: "a", registry: "b" },
}
const git = { url: "ssh://git@git.example.com/team/config.git", branch: "main", path: "" }
const image = `serin:${version}`

/** A repository that may deliver to two namespaces, with every setting that there is. */
export const namespaced: InstallOptions = {
  git: { ...git, branch: "production", path: "cluster" },
  name: "config",
  interval: "30s",
  pushesPerMinute: 12,
  cluster: "eu-1",
  scope: { platformWide: false, namespaces: ["shop", "pay"] },
  secrets: { ...secrets, slackWebhookUrl: "https://hooks.example.com/x" },
  prometheusUrl: "http://prometheus.monitoring:9090",
  webUrl: "https://serin.example.com",
  hooksUrl: "https://hooks.serin.example.com",
  outboundAllow: ["hooks.example.com", "*.ci.example.com:8443", "10.20.0.0/16"],
  hookSecret: "hook-keys",
  registryMirrors: {
    "docker.io": { endpoint: ["https://mirror.example.com/?a=1&b=<2>"], rewrite: { "^library/(.*)": "$1" } },
    "a.example.com": { endpoint: ["https://b.example.com"] },
  },
  caBundle: "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
  agent: {
    image: "registry.example.com/team/serin:1.2.3",
    imagePullSecret: "registry-login",
    replicas: 3,
    proxy: { http: "http://proxy:3128", https: "http://proxy:3129", none: ".svc,10.96.0.0/12" },
  },
}

/** The least that can be said. */
export const platformWide: InstallOptions = {
  git,
  name: "platform",
  cluster: "default",
  scope: { platformWide: true, namespaces: [] },
  secrets,
  agent: { image, replicas: 2 },
}

/** The values of the chart that say the same. */
export const valuesOf = (options: InstallOptions) => ({
  cluster: options.cluster,
  ...options.agent,
  proxy: {
    http: options.agent?.proxy?.http ?? "",
    https: options.agent?.proxy?.https ?? "",
    exceptions: options.agent?.proxy?.none ?? "",
  },
  prometheusUrl: options.prometheusUrl ?? "",
  webUrl: options.webUrl ?? "",
  hooksUrl: options.hooksUrl ?? "",
  outboundAllow: options.outboundAllow ?? [],
  registryMirrors: options.registryMirrors ?? {},
  caBundle: options.caBundle ?? "",
  repository: {
    ...options.git,
    name: options.name,
    ...options.scope,
    slack: options.secrets.slackWebhookUrl !== undefined,
    hookSecret: options.hookSecret ?? "",
    ...(options.interval === undefined ? {} : { interval: options.interval }),
    ...(options.pushesPerMinute === undefined ? {} : { pushesPerMinute: options.pushesPerMinute }),
  },
})
