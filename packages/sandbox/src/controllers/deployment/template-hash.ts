import type { PodTemplateSpec } from "../../kube/types.gen.ts"

export const HASH_LABEL = "pod-template-hash"

/** Letters and digits that form no words. */
const alphabet = "bcdfghjklmnpqrstvwxz2456789"

/**
 * A short name for a pod template: equal templates have equal names. `collisions` gives another name when one is taken
 * by another template. (The real controller hashes a memory dump of its own types, which nothing else can repeat.)
 */
export function templateHash(template: PodTemplateSpec, collisions: number | undefined): string {
  // FNV-1a, 32 bit: https://datatracker.ietf.org/doc/html/draft-eastlake-fnv
  let hash = 0x811c9dc5
  for (const byte of Buffer.from(`${canonical(template)}${String(collisions ?? "")}`)) {
    hash = Math.imul(hash ^ byte, 0x01000193) >>> 0
  }
  return Array.from(String(hash), (digit) => alphabet[digit.charCodeAt(0) % alphabet.length]).join("")
}

/** Templates are the same if they differ in nothing but the hash that is put on a ReplicaSet's own. */
export function sameTemplate(a: PodTemplateSpec, b: PodTemplateSpec): boolean {
  return canonical(a) === canonical(b)
}

function canonical(template: PodTemplateSpec): string {
  const { [HASH_LABEL]: _, ...labels } = template.metadata?.labels ?? {}
  return JSON.stringify(sorted({ ...template, metadata: { ...template.metadata, labels } }))
}

function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted)
  if (typeof value !== "object" || value === null) return value
  const entries = Object.entries(value).filter(([, item]) => item !== null && item !== undefined)
  return Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, item]) => [key, sorted(item)]))
}
