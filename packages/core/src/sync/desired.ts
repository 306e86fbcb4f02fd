import {
  canonicalJson,
  groupOf,
  nameOf,
  objectIdOf,
  type Manifest,
  type ManifestProblem,
  type ObjectId,
  type SourceManifest,
} from "../manifest/index.ts"
import { sha256 } from "@noble/hashes/sha2"
import { bytesToHex, utf8ToBytes } from "@noble/hashes/utils"
import { ignoreAnnotation, ownerAnnotation } from "./annotations.ts"
import { autoscaledTargets } from "./autoscaled.ts"
import { withoutPointer } from "./pointer.ts"

/** An object as it is to be applied. */
export interface DesiredObject {
  readonly id: ObjectId
  readonly object: Manifest
  /** Of `object`, so that an unchanged one costs nothing. */
  readonly hash: string
  /** JSON pointers to what is left to others. */
  readonly leftToOthers: readonly string[]
  readonly path: string
  readonly line: number
}

export type Scope = "namespaced" | "cluster" | "unknown"

export interface DesiredOptions {
  /** Key of the Repository, for the owner annotation. */
  readonly owner: string
  readonly scopeOf: (kind: { readonly apiVersion: string; readonly kind: string }) => Scope
}

export interface Desired {
  readonly objects: readonly DesiredObject[]
  readonly problems: readonly ManifestProblem[]
}

/**
 * The objects of a revision as they are to be applied, or why the revision cannot be: kinds that neither the cluster
 * serves nor the revision defines, and objects stated twice.
 */
export function desiredObjects(manifests: readonly SourceManifest[], options: DesiredOptions): Desired {
  const defined = definedScopes(manifests)
  const autoscaled = autoscaledTargets(manifests.map(({ object }) => object))
  const byId = new Map<ObjectId, DesiredObject>()
  const problems: ManifestProblem[] = []
  for (const { object, path, line } of manifests) {
    const known = options.scopeOf(object)
    const scope = known === "unknown" ? (defined.get(`${object.apiVersion}/${object.kind}`) ?? known) : known
    const at = { path, line, object: nameOf(object) }
    if (scope === "unknown") {
      const message = `the cluster serves no kind ${object.kind} in ${object.apiVersion}, and this revision does not define it`
      problems.push({ ...at, message })
      continue
    }
    const id = objectIdOf(object, scope === "namespaced")
    const twin = byId.get(id)
    if (twin) {
      problems.push({ ...at, message: `is stated twice: also in ${twin.path}:${twin.line}` })
      continue
    }
    const leftToOthers = [...ignoredPointers(object), ...(autoscaled.has(id) ? ["/spec/replicas"] : [])]
    const applied = prepare(object, scope === "namespaced", options.owner, leftToOthers)
    byId.set(id, { id, object: applied, hash: hashJson(applied), leftToOthers, path, line })
  }
  return { objects: [...byId.values()], problems }
}

/** Sixteen hex digits: enough to tell states of one object apart, short enough for an inventory of thousands. */
export function hashJson(value: unknown): string {
  return bytesToHex(sha256(utf8ToBytes(canonicalJson(value)))).slice(0, 16)
}

/** Metadata that the server writes; manifests copied from a cluster carry it, and stating it would be refused. */
const serverFields = ["managedFields", "resourceVersion", "uid", "creationTimestamp", "generation", "selfLink"]

function prepare(object: Manifest, namespaced: boolean, owner: string, leftToOthers: readonly string[]): Manifest {
  const { status: _status, metadata, ...rest } = object
  const { namespace = "default", ...stated } = metadata
  const kept = Object.entries(stated).filter(([name, value]) => !serverFields.includes(name) && value !== null)
  const prepared: Manifest = {
    ...withPlainData(rest),
    apiVersion: object.apiVersion,
    kind: object.kind,
    metadata: {
      ...Object.fromEntries(kept),
      name: metadata.name,
      ...(namespaced ? { namespace } : {}),
      annotations: { ...metadata.annotations, [ownerAnnotation]: owner },
    },
  }
  return leftToOthers.reduce((left, pointer) => withoutPointer(left, pointer), prepared)
}

/**
 * A Secret's `stringData` is merged into `data` by the server after apply has taken ownership, so that a key removed from
 * Git would stay for ever: state `data` instead.
 */
function withPlainData(fields: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  const { stringData, ...others } = fields
  const isSecret = fields["apiVersion"] === "v1" && fields["kind"] === "Secret"
  if (!isSecret || typeof stringData !== "object" || stringData === null) return fields
  const encoded = Object.entries(stringData).map(([name, value]) => [name, base64(String(value))])
  return { ...others, data: { ...(others["data"] as object | undefined), ...Object.fromEntries(encoded) } }
}

function base64(text: string): string {
  return btoa(Array.from(utf8ToBytes(text), (byte) => String.fromCharCode(byte)).join(""))
}

function ignoredPointers(object: Manifest): string[] {
  const text = object.metadata.annotations?.[ignoreAnnotation] ?? ""
  return text.split(/[\s,]+/).filter((pointer) => pointer.startsWith("/"))
}

/** Kinds that the revision's own CustomResourceDefinitions add. */
function definedScopes(manifests: readonly SourceManifest[]): ReadonlyMap<string, Scope> {
  const scopes = new Map<string, Scope>()
  for (const { object } of manifests) {
    if (object.kind !== "CustomResourceDefinition" || groupOf(object.apiVersion) !== "apiextensions.k8s.io") continue
    const spec = object["spec"] as
      | { group?: string; scope?: string; names?: { kind?: string }; versions?: { name?: string; served?: boolean }[] }
      | undefined
    for (const version of spec?.versions ?? []) {
      if (version.served === false) continue
      const kind = `${spec?.group ?? ""}/${version.name ?? ""}/${spec?.names?.kind ?? ""}`
      scopes.set(kind, spec?.scope === "Cluster" ? "cluster" : "namespaced")
    }
  }
  return scopes
}
