import { randomBytes } from "node:crypto"
import { unwrap } from "../errors.ts"
import type { KubeClient, KubeObject } from "../kube/index.ts"
import { pause, type Clock } from "../runtime/index.ts"
import { makeDeployKey } from "./deploy-key.ts"
import {
  authSecretName,
  hooksSecretName,
  installManifests,
  systemNamespace,
  type InstallOptions,
  type InstallSecrets,
  type Manifest,
} from "./manifests.ts"

export interface InstallRequest extends Omit<InstallOptions, "secrets"> {
  /** For SSH: lines of known_hosts that pin the git host's key. For HTTP: user and token. */
  readonly access: { readonly knownHosts: string } | { readonly username: string; readonly token: string }
  readonly slackWebhookUrl?: string
}

export interface Installation {
  readonly manifests: readonly Manifest[]
  /** To be added at the git host, with the right to push; absent when a token is used. */
  readonly publicKey?: string
}

interface Secret extends KubeObject {
  readonly data?: Readonly<Record<string, string>>
}

/**
 * What to apply. With a cluster to look at, a key and secrets that an earlier installation made there are kept, so that it can
 * be run again; without, new ones are made.
 */
export async function prepareInstallation(
  request: InstallRequest,
  kube: KubeClient | undefined,
): Promise<Installation> {
  const { access: _access, slackWebhookUrl, ...rest } = request
  const kept = async (name: string): Promise<Readonly<Record<string, string>>> => {
    const secret = await kube?.get<Secret>({ apiVersion: "v1", kind: "Secret", namespace: systemNamespace, name })
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
  const manifests = installManifests({
    ...rest,
    secrets: {
      auth,
      hooks: { git: hooks["git"] ?? randomToken(), registry: hooks["registry"] ?? randomToken() },
      ...(slackWebhookUrl === undefined ? {} : { slackWebhookUrl }),
    },
  })
  return "publicKey" in auth ? { manifests, publicKey: auth.publicKey } : { manifests }
}

async function authOf(
  { access, name }: InstallRequest,
  kept: Readonly<Record<string, string>>,
): Promise<InstallSecrets["auth"]> {
  if ("token" in access) return access
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
      const applied = await kube.apply(manifest, { fieldManager: "serin-install" })
      if (applied.ok) break
      const notServedYet =
        applied.error.code === "KUBE_UNKNOWN_KIND" ||
        (manifest.apiVersion.startsWith("serin.dev/") && applied.error.code === "KUBE_NOT_FOUND")
      if (!notServedYet || clock.now() > deadline) throw applied.error
      await pause(clock, 50)
    }
  }
}
