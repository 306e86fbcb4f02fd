import { randomBytes } from "node:crypto"
import { SerinError, unwrap } from "../errors.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import { pause, type Clock } from "../runtime/index.ts"
import { connectionManifests, type ConnectionSecrets, type Scope } from "./connection.ts"
import { makeDeployKey } from "./deploy-key.ts"
import { managedBy, type Manifest } from "./manifest.ts"
import { installManifests, type InstallOptions } from "./manifests.ts"
import { applyAccountName, authSecretName, hooksSecretName, systemNamespace } from "./names.ts"

export interface InstallRequest extends Omit<InstallOptions, "secrets"> {
  /** For SSH: lines of known_hosts that pin the git host's key. For HTTP: user and token. */
  readonly access: { readonly knownHosts: string } | { readonly username: string; readonly token: string }
  readonly slackWebhookUrl?: string
  /** Only a Repository in this namespace, for a Serin that is installed already. */
  readonly tenant?: string
}

export interface Installation {
  readonly manifests: readonly Manifest[]
  /** To be added at the git host, with the right to push; absent when a token is used. */
  readonly publicKey?: string
  /** Namespaces that the account may apply to beside those asked for, by earlier installations. */
  readonly alsoGranted: readonly string[]
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

/**
 * What to apply. With a cluster to look at, a key and secrets that an earlier installation made there are kept, so that it can
 * be run again; without, new ones are made. Rejects with SerinError.
 */
export async function prepareInstallation(
  request: InstallRequest,
  kube: KubeClient | undefined,
): Promise<Installation> {
  const { access: _access, slackWebhookUrl, tenant, ...rest } = request
  const namespace = tenant ?? systemNamespace
  if (kube && tenant === undefined && !request.scope.platformWide) await refuseWiderBinding(kube)
  const kept = async (name: string): Promise<Readonly<Record<string, string>>> => {
    const secret = await kube?.get<Secret>({ apiVersion: "v1", kind: "Secret", namespace, name })
    if (secret === undefined || (!secret.ok && secret.error.code === "KUBE_NOT_FOUND")) return {}
    return Object.fromEntries(
      Object.entries(unwrap(secret).data ?? {}).map(([key, value]) => [
        key,
        Buffer.from(value, "base64").toString("utf8"),
      ]),
    )
  }
  const hooks = await kept(hooksSecretName)
  const auth = await authOf(request, await kept(authSecretName(request.name)))
  const options: InstallOptions = {
    ...rest,
    secrets: {
      auth,
      hooks: { git: hooks["git"] ?? randomToken(), registry: hooks["registry"] ?? randomToken() },
      ...(slackWebhookUrl === undefined ? {} : { slackWebhookUrl }),
    },
  }
  const manifests = tenant === undefined ? installManifests(options) : connectionManifests(tenant, options)
  const alsoGranted = kube && tenant === undefined ? await grantedBeside(request.scope, kube) : []
  return { manifests, alsoGranted, ...("publicKey" in auth ? { publicKey: auth.publicKey } : {}) }
}

interface RoleBinding extends KubeObject {
  readonly subjects?: readonly { readonly namespace?: string; readonly name?: string }[]
}

/** All repositories of the agent's namespace share an account, so what one of them was given is never taken back by another. */
async function grantedBeside(scope: Scope, kube: KubeClient): Promise<readonly string[]> {
  const kind = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" }
  const listed = unwrap(await kube.list<RoleBinding>(kind, { labelSelector: managedBy }))
  return listed.items.flatMap(({ metadata: { namespace = "" }, subjects = [] }) => {
    const ours = subjects.some(({ namespace: of, name }) => of === systemNamespace && name === applyAccountName)
    return ours && !scope.namespaces.includes(namespace) ? [namespace] : []
  })
}

/** A narrower scope would be none while the account is still bound to cluster-admin by an earlier installation. */
async function refuseWiderBinding(kube: KubeClient): Promise<void> {
  const kind = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "ClusterRoleBinding" }
  const found = await kube.get({ ...kind, name: applyAccountName })
  if (found.ok)
    throw new SerinError(
      "CONFIG_INVALID",
      `ClusterRoleBinding ${applyAccountName} of an earlier --platform-wide is still there, so that a list of namespaces would limit nothing`,
      {
        next: `Remove it with \`kubectl delete clusterrolebinding ${applyAccountName}\`, or install with --platform-wide.`,
      },
    )
  if (found.error.code !== "KUBE_NOT_FOUND") throw found.error
}

async function authOf(
  { access, name, caBundle }: InstallRequest,
  kept: Readonly<Record<string, string>>,
): Promise<ConnectionSecrets["auth"]> {
  if ("token" in access) return { ...access, ...(caBundle === undefined ? {} : { ca: caBundle }) }
  const { identity, "identity.pub": publicKey } = kept
  const key =
    identity !== undefined && publicKey !== undefined ? { identity, publicKey } : makeDeployKey(`serin-${name}`)
  return { ...key, knownHosts: access.knownHosts }
}

const randomToken = (): string => randomBytes(24).toString("base64url")

const establishLimitMs = 30_000

/** Applies the manifests in order; objects of our kinds wait until their CRD is served. Rejects with SerinError. */
export async function applyInstallation(kube: KubeClient, manifests: readonly Manifest[], clock: Clock): Promise<void> {
  for (const manifest of manifests) {
    const deadline = clock.now() + establishLimitMs
    for (;;) {
      const applied = await kube.apply(manifest, { fieldManager: "serin-install", fieldValidation: "Strict" })
      if (applied.ok) break
      const notServedYet =
        applied.error.code === "KUBE_UNKNOWN_KIND" ||
        (manifest.apiVersion.startsWith("serin.dev/") && applied.error.code === "KUBE_NOT_FOUND")
      if (!notServedYet || clock.now() > deadline) throw applied.error
      await pause(clock, 50)
    }
  }
}
