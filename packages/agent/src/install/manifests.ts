import { canaryCrd, deliveryCrd } from "@serin/core"
import type { KubeObject } from "../kube/index.ts"
import type { RegistryMirrors } from "../settings.ts"
import { clusterRules, namespaceRules, withoutReasons } from "./rbac.ts"
import { repositoryCrd } from "./repository-crd.ts"

export const systemNamespace = "serin-system"
export const authSecretName = (repository: string): string => `serin-auth-${repository}`
export const hooksSecretName = "serin-hooks"
export const slackSecretName = "serin-slack"

export interface InstallOptions {
  readonly git: { readonly url: string; readonly branch: string; readonly path: string }
  /** Name of the Repository. */
  readonly name: string
  readonly prometheusUrl?: string
  readonly registryMirrors?: RegistryMirrors
  /** Where people reach the agent's page and API. */
  readonly webUrl?: string
  readonly pushesPerMinute?: number
  readonly interval?: string
  /** Name of this cluster, for `Delivery.spec.owner`. */
  readonly cluster: string
  readonly secrets: InstallSecrets
}

/** Everything secret, made or given before; goes into Secrets only. */
export interface InstallSecrets {
  readonly auth:
    | { readonly identity: string; readonly publicKey: string; readonly knownHosts: string }
    | { readonly username: string; readonly token: string }
  readonly hooks: { readonly git: string; readonly registry: string }
  readonly slackWebhookUrl?: string
}

/** Any further fields of an object that is sent as it is. */
export type Manifest = KubeObject & Readonly<Record<string, unknown>>

const labels = { "app.kubernetes.io/name": "serin", "app.kubernetes.io/managed-by": "serin-install" }

/** Everything that `serin install` puts into a cluster, in the order in which it has to be applied. */
export function installManifests(options: InstallOptions): Manifest[] {
  const named = (name: string) => ({ name, namespace: systemNamespace, labels })
  const account = { kind: "ServiceAccount", name: "serin", namespace: systemNamespace }
  const role = (kind: "ClusterRole" | "Role", name: string) => ({ apiGroup: "rbac.authorization.k8s.io", kind, name })
  const rbac = "rbac.authorization.k8s.io/v1"
  return [
    { apiVersion: "v1", kind: "Namespace", metadata: { name: systemNamespace, labels } },
    ...[repositoryCrd, canaryCrd, deliveryCrd].map((crd) => ({ ...crd, metadata: { ...crd.metadata, labels } })),
    { apiVersion: rbac, kind: "ClusterRole", metadata: { name: "serin", labels }, rules: withoutReasons(clusterRules) },
    {
      apiVersion: rbac,
      kind: "ClusterRoleBinding",
      metadata: { name: "serin", labels },
      roleRef: role("ClusterRole", "serin"),
      subjects: [account],
    },
    { apiVersion: rbac, kind: "Role", metadata: named("serin"), rules: withoutReasons(namespaceRules) },
    {
      apiVersion: rbac,
      kind: "RoleBinding",
      metadata: named("serin"),
      roleRef: role("Role", "serin"),
      subjects: [account],
    },
    // The platform's own repository may state anything: its account is bound to cluster-admin, on purpose and visibly.
    { apiVersion: "v1", kind: "ServiceAccount", metadata: named("serin-apply") },
    {
      apiVersion: rbac,
      kind: "ClusterRoleBinding",
      metadata: { name: "serin-apply", labels },
      roleRef: role("ClusterRole", "cluster-admin"),
      subjects: [{ ...account, name: "serin-apply" }],
    },
    { apiVersion: "v1", kind: "ConfigMap", metadata: named("serin"), data: settings(options) },
    ...secrets(options, named),
    repository(options, named(options.name)),
    // Last: a supervisor that starts the agent when its account appears finds all the rest.
    { apiVersion: "v1", kind: "ServiceAccount", metadata: named("serin") },
  ]
}

function settings({ prometheusUrl, registryMirrors, webUrl, cluster }: InstallOptions): Record<string, string> {
  return {
    cluster,
    ...(prometheusUrl === undefined ? {} : { prometheusUrl }),
    ...(webUrl === undefined ? {} : { publicUrl: webUrl }),
    ...(registryMirrors === undefined ? {} : { "registry-mirrors": JSON.stringify(registryMirrors) }),
  }
}

function secrets(
  { name, secrets: { auth, hooks, slackWebhookUrl } }: InstallOptions,
  named: (name: string) => Manifest["metadata"],
): Manifest[] {
  const secret = (secretName: string, stringData: Record<string, string>): Manifest => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: named(secretName),
    type: "Opaque",
    stringData,
  })
  return [
    secret(
      authSecretName(name),
      "identity" in auth
        ? { identity: auth.identity, "identity.pub": auth.publicKey, known_hosts: auth.knownHosts }
        : { username: auth.username, token: auth.token },
    ),
    secret(hooksSecretName, { git: hooks.git, registry: hooks.registry }),
    ...(slackWebhookUrl === undefined ? [] : [secret(slackSecretName, { url: slackWebhookUrl })]),
  ]
}

function repository(options: InstallOptions, metadata: Manifest["metadata"]): Manifest {
  const { git, name, secrets: given } = options
  return {
    apiVersion: "serin.dev/v1alpha1",
    kind: "Repository",
    metadata,
    spec: {
      url: git.url,
      branch: git.branch,
      path: git.path,
      auth: { secretRef: { name: authSecretName(name) } },
      hooks: { secretRef: { name: hooksSecretName } },
      serviceAccountName: "serin-apply",
      ...(options.interval === undefined ? {} : { interval: options.interval }),
      ...(options.pushesPerMinute === undefined ? {} : { pushesPerMinute: options.pushesPerMinute }),
      ...(given.slackWebhookUrl === undefined
        ? {}
        : { notify: [{ type: "slack", secretRef: { name: slackSecretName } }] }),
    },
  }
}
