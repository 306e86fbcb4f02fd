import type { KubeObject } from "../kube/index.ts"

/** Any further fields of an object that is sent as it is. */
export type Manifest = KubeObject & Readonly<Record<string, unknown>>

const manager = ["app.kubernetes.io/managed-by", "serin-install"] as const

export const labels = { "app.kubernetes.io/name": "serin", [manager[0]]: manager[1] }

/** Selects what was made by `serin install`, and so may be removed by `serin uninstall`. */
export const managedBy = manager.join("=")

export const metadataIn = (namespace: string, name: string): Manifest["metadata"] => ({ name, namespace, labels })
