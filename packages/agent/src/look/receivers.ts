import { isReceiver, parseCanarySpec, type Receiver, type SourceManifest } from "@serin/core"

/** A gate or hook that a Canary in Git names. */
export interface NamedReceiver {
  /** `test/podinfo gate start`, `test/podinfo hook smoke` */
  readonly name: string
  readonly receiver: Receiver
}

/** Gates by URL and hooks of all canaries in these manifests. A Canary that does not read says so itself. */
export function receiversOf(manifests: readonly SourceManifest[]): NamedReceiver[] {
  return manifests.flatMap(({ object }) => {
    if (object.kind !== "Canary" || !object.apiVersion.startsWith("serin.dev/")) return []
    const { name, namespace = "default" } = object.metadata
    const parsed = parseCanarySpec(name, object["spec"])
    if (!parsed.ok) return []
    const { gates, hooks } = parsed.spec
    return [
      ...Object.entries(gates).flatMap(([gate, receiver]) =>
        isReceiver(receiver) ? [{ name: `${namespace}/${name} gate ${gate}`, receiver }] : [],
      ),
      ...hooks.map((hook) => ({ name: `${namespace}/${name} hook ${hook.name}`, receiver: hook })),
    ]
  })
}

/** Names of the Secrets that they are signed with. */
export function signingSecrets(manifests: readonly SourceManifest[]): string[] {
  return [...new Set(receiversOf(manifests).flatMap(({ receiver: { secretRef } }) => secretRef?.name ?? []))]
}
