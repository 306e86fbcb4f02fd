import { groupOf, isManifestPath, type Manifest } from "../manifest/index.ts"
import type { Tree } from "./edit.ts"
import { objectsOf } from "./parsed-file.ts"
import type { Path } from "./path.ts"

/** An object as people name it; the API version does not matter, its group does. */
export interface ObjectName {
  /** `apps`, `""` for the core group. */
  readonly group: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
}

/** Where an object stands in the tree. */
export interface Located {
  readonly path: string
  readonly document: number
  /** Steps from the document's root to the object: empty, or into a List's items. */
  readonly at: Path
  /** What the text means. Its envelope (apiVersion, kind, metadata.name) is there. */
  readonly object: Manifest
}

export type LocateResult =
  | { readonly ok: true; readonly located: Located }
  /** A sentence. */
  | { readonly ok: false; readonly missing: boolean; readonly reason: string }

const text = (name: ObjectName): string => `${name.kind} ${name.namespace}/${name.name}`

function isNamed(value: unknown, name: ObjectName): value is Manifest {
  if (typeof value !== "object" || value === null) return false
  const { apiVersion, kind, metadata } = value as Partial<Manifest>
  if (typeof apiVersion !== "string" || kind !== name.kind || groupOf(apiVersion) !== name.group) return false
  return metadata?.name === name.name && (metadata.namespace ?? "default") === name.namespace
}

/** Every place where the tree states this object. Files that do not parse are passed over: sync reports those. */
export function locateAll(tree: Tree, name: ObjectName): Located[] {
  const found: Located[] = []
  for (const [path, content] of tree.files) {
    // Parsing costs; a file that does not even contain the name cannot state the object.
    if (!isManifestPath(path) || !content.includes(name.name)) continue
    for (const { document, at, value } of objectsOf(content))
      if (isNamed(value, name)) found.push({ path, document, at, object: value })
  }
  return found
}

/** The one place where the tree states this object, or a sentence that says why there is none. */
export function locate(tree: Tree, name: ObjectName): LocateResult {
  const [first, second] = locateAll(tree, name)
  if (first === undefined) return { ok: false, missing: true, reason: `Git states no ${text(name)}.` }
  if (second === undefined) return { ok: true, located: first }
  const where = first.path === second.path ? `twice in ${first.path}` : `in ${first.path} and in ${second.path}`
  return { ok: false, missing: false, reason: `${text(name)} stands ${where}; keep one of them.` }
}
