/** A Kubernetes object as a manifest states it: plain JSON, its envelope checked, nothing else. */
export interface Manifest {
  readonly apiVersion: string
  readonly kind: string
  readonly metadata: ManifestMeta
  readonly [field: string]: unknown
}

export interface ManifestMeta {
  readonly name: string
  readonly namespace?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly [field: string]: unknown
}

/** A manifest with the place it came from. */
export interface SourceManifest {
  readonly object: Manifest
  /** Path of the file, relative to the repository's root. */
  readonly path: string
  /** Line on which the object begins, counted from 1. */
  readonly line: number
  /** Where the object's text is in its file, as offsets in the text (UTF-16 units, as JavaScript counts). */
  readonly range: { readonly start: number; readonly end: number }
  /** Which YAML document of the file, counted from 0; a List's items share one. */
  readonly document: number
}

/** Why a file cannot be taken: where, which object if that is known, and what is wrong. */
export interface ManifestProblem {
  readonly path: string
  readonly line: number
  readonly column?: number
  readonly object?: string
  readonly message: string
}

/** `Deployment test/podinfo-ga`, as people write it. */
export function nameOf(object: {
  readonly kind: string
  readonly metadata: { readonly name: string; readonly namespace?: string }
}): string {
  const { name, namespace } = object.metadata
  return `${object.kind} ${namespace ? `${namespace}/` : ""}${name}`
}

/** `cluster/podinfo/service.yaml:3: Service test/podinfo: …`. */
export function describeProblem(problem: ManifestProblem): string {
  const object = problem.object ? `${problem.object}: ` : ""
  return `${problem.path}:${problem.line}: ${object}${problem.message}`
}
