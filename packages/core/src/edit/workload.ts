import type { Located, ObjectName } from "./locate.ts"
import { valueAt, type Path } from "./path.ts"

/** Kinds whose containers Serin edits, with the way to their pod spec. */
const podSpecs: Readonly<Record<string, { readonly group: string; readonly path: Path }>> = {
  Deployment: { group: "apps", path: ["spec", "template", "spec"] },
  StatefulSet: { group: "apps", path: ["spec", "template", "spec"] },
  DaemonSet: { group: "apps", path: ["spec", "template", "spec"] },
  Job: { group: "batch", path: ["spec", "template", "spec"] },
  CronJob: { group: "batch", path: ["spec", "jobTemplate", "spec", "template", "spec"] },
  Pod: { group: "", path: ["spec"] },
}

/** Undefined for a kind that has no pods. */
export function workloadName(kind: string, namespace: string, name: string): ObjectName | undefined {
  const known = podSpecs[kind]
  return known && { group: known.group, kind, namespace, name }
}

export const workloadKinds: readonly string[] = Object.keys(podSpecs)

export interface Container {
  readonly name: string
  readonly image: string
  /** From the object's root to the image. */
  readonly path: Path
}

/** Containers, then init containers, in the order of the manifest; entries without name or image are left out. */
export function containersOf(kind: string, object: unknown): Container[] {
  const base = podSpecs[kind]?.path
  if (base === undefined) return []
  return ["containers", "initContainers"].flatMap((list) => {
    const items = valueAt(object, [...base, list])
    if (!Array.isArray(items)) return []
    return items.flatMap((item: unknown, index) => {
      const name = valueAt(item, ["name"])
      const image = valueAt(item, ["image"])
      if (typeof name !== "string" || typeof image !== "string") return []
      return [{ name, image, path: [...base, list, index, "image"] }]
    })
  })
}

/** `spec.replicas` as Git states it; undefined when it says nothing (an autoscaler's, or the default of 1). */
export function replicasOf(located: Located): number | undefined {
  const value = valueAt(located.object, ["spec", "replicas"])
  return typeof value === "number" ? value : undefined
}

export function annotationsOf(object: unknown): Readonly<Record<string, string>> {
  const annotations = valueAt(object, ["metadata", "annotations"])
  if (typeof annotations !== "object" || annotations === null) return {}
  return Object.fromEntries(
    Object.entries(annotations).filter((entry): entry is [string, string] => typeof entry[1] === "string"),
  )
}
