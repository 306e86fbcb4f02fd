import { describe, expect, test } from "vitest"
import { parseAllDocuments } from "yaml"
import { reasonFor } from "./because.ts"
import { connectionManifests } from "./connection.ts"
import type { Manifest } from "./manifest.ts"
import { installManifests, type InstallOptions } from "./manifests.ts"
import type { Rule } from "./rbac.ts"
import { toYaml } from "./to-yaml.ts"

const options: InstallOptions = {
  git: { url: "ssh://git@git.example.com/team/config.git", branch: "main", path: "cluster" },
  name: "config",
  cluster: "here",
  scope: { platformWide: false, namespaces: ["shop", "pay"] },
  agent: { image: "registry.example.com/serin:1", replicas: 2, proxy: { https: "http://proxy:3128", none: ".svc" } },
  hookSecret: "hook-keys",
  outboundAllow: ["hooks.example.com", "10.20.0.0/16:8443"],
  secrets: {
    auth: { identity: "key", publicKey: "public", knownHosts: "host key" },
    hooks: { git: "a", registry: "b" },
    slackWebhookUrl: "https://hooks.example.com/x",
  },
}
const platformWide = { ...options, scope: { platformWide: true, namespaces: [] } }
const every = [
  ...installManifests(options),
  ...installManifests(platformWide),
  ...connectionManifests("team-a", options),
]
const rulesOf = (manifest: Manifest) => (manifest["rules"] ?? []) as readonly Rule[]
const find = (manifests: readonly Manifest[], kind: string, name: string) =>
  manifests.filter((manifest) => manifest.kind === kind && manifest.metadata.name === name)

describe("rights", () => {
  test("are named one by one: no rule has a star, and each has its reason", () => {
    const rules = every.flatMap(rulesOf)
    expect(rules.length).toBeGreaterThan(20)
    for (const rule of rules) {
      expect(Object.values(rule).flat(), JSON.stringify(rule)).not.toContain("*")
      expect(reasonFor(rule), JSON.stringify(rule)).toMatch(/^[A-Z].{20,}\.$/)
    }
  })

  test("of the agent do not reach Secrets but those that the Repository names, in its namespace", () => {
    const about = every.filter((manifest) => manifest.metadata.name !== "serin-apply")
    for (const manifest of about) {
      for (const rule of rulesOf(manifest).filter(({ resources }) => resources.includes("secrets"))) {
        expect(manifest.kind).toBe("Role")
        expect(rule).toMatchObject({
          verbs: ["get", "list", "watch"],
          resourceNames: ["serin-auth-config", "serin-hooks", "serin-slack", "hook-keys"],
        })
      }
    }
  })

  test("of a Repository end at the namespaces that were named for it", () => {
    const manifests = installManifests(options)
    const bound = manifests.filter(({ kind, metadata }) => kind.endsWith("Binding") && metadata.name === "serin-apply")
    expect(bound.map(({ kind, metadata }) => [kind, metadata.namespace])).toEqual([
      ["RoleBinding", "shop"],
      ["RoleBinding", "pay"],
    ])
    expect(find(manifests, "Role", "serin-apply")).toHaveLength(2)
  })

  test("to everything are given only where it was asked for", () => {
    const toAdmin = (manifests: readonly Manifest[]) => JSON.stringify(manifests).includes("cluster-admin")
    expect([toAdmin(installManifests(options)), toAdmin(installManifests(platformWide))]).toEqual([false, true])
  })

  test("of a tenant are all within the tenant's namespace", () => {
    const tenant = connectionManifests("team-a", { ...options, scope: { platformWide: false, namespaces: ["team-a"] } })
    expect(new Set(tenant.map(({ metadata }) => metadata.namespace))).toEqual(new Set(["team-a"]))
    expect(find(tenant, "RoleBinding", "serin-repository-config")[0]).toMatchObject({
      subjects: [{ kind: "ServiceAccount", name: "serin", namespace: "serin-system" }],
    })
  })
})

describe("printed as YAML", () => {
  const text = toYaml(installManifests(options))
  test("the objects are those that are applied", () => {
    expect(parseAllDocuments(text).map((document) => document.toJS() as unknown)).toEqual(installManifests(options))
  })
  test("each rule has its reason above it", () => {
    for (const rule of installManifests(options).flatMap(rulesOf))
      expect(text).toContain(`# ${reasonFor(rule) ?? "-"}\n`)
  })
})

describe("the agent", () => {
  test("is left out where it runs elsewhere, and its account and rights are not", () => {
    const { agent: _agent, ...elsewhere } = options
    const manifests = installManifests(elsewhere)
    expect(manifests.filter(({ kind }) => ["Deployment", "Service", "PodDisruptionBudget"].includes(kind))).toEqual([])
    expect(find(manifests, "ServiceAccount", "serin")).toHaveLength(1)
  })
  test("is told of proxies only where they were given", () => {
    const [deployment] = find(installManifests(options), "Deployment", "serin")
    const text = JSON.stringify(deployment)
    expect(text).toContain('{"name":"HTTPS_PROXY","value":"http://proxy:3128"},{"name":"NO_PROXY","value":".svc"}')
    expect(text).not.toContain('HTTP_PROXY"')
    expect(text).toContain('"envFrom":[{"secretRef":{"name":"serin-proxy","optional":true}}]')
  })
  test("certificate authorities reach agent and git", () => {
    const auth = { username: "git", token: "t", ca: "PEM" }
    const manifests = installManifests({ ...options, caBundle: "PEM", secrets: { ...options.secrets, auth } })
    expect(find(manifests, "ConfigMap", "serin-ca")[0]).toMatchObject({ data: { "ca.crt": "PEM" } })
    expect(find(manifests, "Secret", "serin-auth-config")[0]).toMatchObject({ stringData: { "ca.crt": "PEM" } })
    expect(JSON.stringify(find(manifests, "Deployment", "serin"))).toContain('"configMap":{"name":"serin-ca"')
  })
  test("calls nothing for canaries unless it is told what", () => {
    const { outboundAllow: _allow, ...silent } = options
    const settings = (given: InstallOptions) => find(installManifests(given), "ConfigMap", "serin")[0]?.["data"]
    expect(settings(options)).toMatchObject({ outboundAllow: "hooks.example.com 10.20.0.0/16:8443" })
    expect(settings(silent)).not.toHaveProperty("outboundAllow")
  })
  test("namespaces that were named are made, and not marked as Serin's to remove", () => {
    expect(find(installManifests(options), "Namespace", "shop")).toEqual([
      { apiVersion: "v1", kind: "Namespace", metadata: { name: "shop" } },
    ])
  })
})
