import type { CanaryRef } from "@serin/core"
import type { RepositoryKey } from "../source/repository.ts"

/** A canary of a config repository, as the work queue names it. */
export interface CanaryKey {
  readonly repository: RepositoryKey
  readonly ref: CanaryRef
}

export function formatKey({ repository, ref }: CanaryKey): string {
  return `${repository} ${ref.namespace}/${ref.name}`
}

export function parseKey(text: string): CanaryKey {
  const [repository = "", canary = ""] = text.split(" ")
  const [namespace = "", name = ""] = canary.split("/")
  return { repository, ref: { namespace, name } }
}

export function nameOf({ namespace, name }: CanaryRef): string {
  return `${namespace}/${name}`
}
