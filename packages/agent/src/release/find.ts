import { workloadKinds, type Manifest } from "@serin/core"
import { SerinError } from "../errors.ts"
import type { Repositories, Revision } from "../parts.ts"
import { keyOf, type RepositoryKey } from "../source/repository.ts"

/** What releasing needs of the config repositories. */
export type ReleaseRepositories = Pick<Repositories, "list" | "get" | "head" | "writer">

export interface Found {
  readonly key: RepositoryKey
  readonly revision: Revision
  readonly object: Manifest
}

/** Every config repository that could be read, with its head. */
export function heads(
  repositories: Pick<Repositories, "list" | "head">,
): { readonly key: RepositoryKey; readonly revision: Revision }[] {
  return repositories.list().flatMap((repository) => {
    const key = keyOf(repository)
    const revision = repositories.head(key)
    return revision === undefined ? [] : [{ key, revision }]
  })
}

/** The workload that a person names, and the repository that states it. Rejects with NOT_FOUND. */
export function findWorkload(
  repositories: ReleaseRepositories,
  wanted: { readonly namespace: string; readonly name: string; readonly kind?: string | undefined },
): Found {
  const found: Found[] = []
  for (const { key, revision } of heads(repositories))
    for (const { object } of revision.manifests) {
      const { name, namespace = "default" } = object.metadata
      if (name !== wanted.name || namespace !== wanted.namespace || !workloadKinds.includes(object.kind)) continue
      if (wanted.kind === undefined || object.kind.toLowerCase() === wanted.kind.toLowerCase())
        found.push({ key, revision, object })
    }
  const [only, second] = found
  const what = `${wanted.kind ?? "workload"} ${wanted.namespace}/${wanted.name}`
  if (only === undefined) throw new SerinError("NOT_FOUND", `No config repository states ${what}.`)
  if (second !== undefined && second.object.kind !== only.object.kind)
    throw new SerinError(
      "REQUEST_INVALID",
      `${what} may be a ${only.object.kind} or a ${second.object.kind}; say which.`,
    )
  return only
}
