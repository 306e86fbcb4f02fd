import type { ObjectMeta } from "../../kube/types.gen.ts"

/** Labels of a target before relabelling; those that are empty are as if they were not there. */
export type MetaLabels = Record<string, string>

export const prefix = "__meta_kubernetes_"

const sanitized = (name: string): string => name.replace(/[^a-zA-Z0-9_]/g, "_")

/** What an object's metadata says, under the name of its kind. */
export function metadataLabels(kind: string, { name, ...rest }: ObjectMeta): MetaLabels {
  return { [`${prefix}${kind}_name`]: name ?? "", ...attachedLabels(kind, rest) }
}

/** Its labels and annotations only. */
export function attachedLabels(kind: string, { labels, annotations }: ObjectMeta): MetaLabels {
  const result: MetaLabels = {}
  for (const [what, texts] of [
    ["label", labels],
    ["annotation", annotations],
  ] as const) {
    for (const [name, value] of Object.entries(texts ?? {})) {
      result[`${prefix}${kind}_${what}_${sanitized(name)}`] = value
      result[`${prefix}${kind}_${what}present_${sanitized(name)}`] = "true"
    }
  }
  return result
}

/** Named by what Kubernetes calls it, in the letters that labels may have. */
export const labelPart = sanitized

/** `host:port`, an IPv6 address in brackets. */
export const address = (host: string, port: number): string =>
  `${host.includes(":") ? `[${host}]` : host}:${String(port)}`
