import { because } from "./because.ts"
import { metadataIn, type Manifest } from "./manifest.ts"
import {
  agentName,
  applyAccountName,
  authSecretName,
  hooksSecretName,
  slackSecretName,
  systemNamespace,
} from "./names.ts"
import { applyRules, bindEverywhere, grantIn, repositoryRules } from "./rbac.ts"

/** A config repository that is to be followed, and what it may apply. */
export interface ConnectionOptions {
  readonly git: { readonly url: string; readonly branch: string; readonly path: string }
  /** Name of the Repository. */
  readonly name: string
  readonly interval?: string
  readonly pushesPerMinute?: number
  readonly scope: Scope
  /** A Secret with keys that canaries' gates and hooks sign with; made by whoever has the keys. */
  readonly hookSecret?: string
  readonly secrets: ConnectionSecrets
}

/** What the Repository's account may change. */
export interface Scope {
  /** Everything: the account is bound to cluster-admin. */
  readonly platformWide: boolean
  /** What a delivery consists of, in these namespaces. */
  readonly namespaces: readonly string[]
}

/** Everything secret, made or given before; goes into Secrets only. */
export interface ConnectionSecrets {
  readonly auth:
    | { readonly identity: string; readonly publicKey: string; readonly knownHosts: string }
    | { readonly username: string; readonly token: string; readonly ca?: string }
  readonly hooks: { readonly git: string; readonly registry: string }
  readonly slackWebhookUrl?: string
}

/** A Repository in this namespace, its secrets, its account, and what agent and account may do for it. */
export function connectionManifests(namespace: string, options: ConnectionOptions): Manifest[] {
  const { name, scope, secrets, hookSecret } = options
  const account = { namespace, name: applyAccountName }
  const named = [
    authSecretName(name),
    hooksSecretName,
    ...(secrets.slackWebhookUrl === undefined ? [] : [slackSecretName]),
    ...(hookSecret === undefined ? [] : [hookSecret]),
  ]
  const agent = { namespace: systemNamespace, name: agentName }
  return [
    {
      apiVersion: "v1",
      kind: "ServiceAccount",
      metadata: metadataIn(namespace, account.name),
      automountServiceAccountToken: false,
    },
    ...grantIn(namespace, `serin-repository-${name}`, repositoryRules(named, account.name), agent),
    ...(scope.platformWide
      ? [
          because(
            "--platform-wide: whoever may push to this repository may do anything in the cluster.",
            bindEverywhere(account.name, "cluster-admin", account),
          ),
        ]
      : []),
    ...scope.namespaces.flatMap((target) => grantIn(target, account.name, applyRules, account)),
    ...secretManifests(namespace, options),
    repository(namespace, options),
  ]
}

function secretManifests(
  namespace: string,
  { name, secrets: { auth, hooks, slackWebhookUrl } }: ConnectionOptions,
): Manifest[] {
  const secret = (secretName: string, stringData: Record<string, string>): Manifest => ({
    apiVersion: "v1",
    kind: "Secret",
    metadata: metadataIn(namespace, secretName),
    type: "Opaque",
    stringData,
  })
  return [
    secret(
      authSecretName(name),
      "identity" in auth
        ? { identity: auth.identity, "identity.pub": auth.publicKey, known_hosts: auth.knownHosts }
        : { username: auth.username, token: auth.token, ...(auth.ca === undefined ? {} : { "ca.crt": auth.ca }) },
    ),
    secret(hooksSecretName, { git: hooks.git, registry: hooks.registry }),
    ...(slackWebhookUrl === undefined ? [] : [secret(slackSecretName, { url: slackWebhookUrl })]),
  ]
}

function repository(namespace: string, { git, name, interval, pushesPerMinute, secrets }: ConnectionOptions): Manifest {
  return {
    apiVersion: "serin.dev/v1alpha1",
    kind: "Repository",
    metadata: metadataIn(namespace, name),
    spec: {
      url: git.url,
      branch: git.branch,
      path: git.path,
      auth: { secretRef: { name: authSecretName(name) } },
      hooks: { secretRef: { name: hooksSecretName } },
      serviceAccountName: applyAccountName,
      ...(interval === undefined ? {} : { interval }),
      ...(pushesPerMinute === undefined ? {} : { pushesPerMinute }),
      ...(secrets.slackWebhookUrl === undefined
        ? {}
        : { notify: [{ type: "slack", secretRef: { name: slackSecretName } }] }),
    },
  }
}
