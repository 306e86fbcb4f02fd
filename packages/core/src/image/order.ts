import semver from "semver"
import type { TagPolicy } from "./policy.ts"

/** A tag as the registry tells it; what costs a request of its own is only there when the policy needs it. */
export interface TagInfo {
  readonly tag: string
  /** Creation date of the image, RFC 3339. */
  readonly created?: string
}

/** A tag's place in a policy's order: comparable with the ranks of the same policy only. */
export type Rank = string | bigint | number | semver.SemVer

/** Undefined when the tag has no place in this order, e.g. `latest` among semantic versions. */
export function rankOf(policy: TagPolicy, info: TagInfo): Rank | undefined {
  switch (policy.order) {
    case "semver":
      return semver.parse(info.tag) ?? undefined
    case "numeric": {
      const value = policy.group === undefined ? undefined : policy.pattern.group(info.tag, policy.group)
      return value !== undefined && /^\d{1,64}$/.test(value) ? BigInt(value) : undefined
    }
    case "alphabetical":
      if (policy.group !== undefined) return policy.pattern.group(info.tag, policy.group)
      return policy.pattern.test(info.tag) ? info.tag : undefined
    case "created": {
      const time = info.created === undefined ? Number.NaN : Date.parse(info.created)
      return Number.isNaN(time) ? undefined : time
    }
    case "digest":
      return info.tag === policy.tag ? 0 : undefined
  }
}

/** Negative when the left rank comes before the right one. */
export function compareRanks(left: Rank, right: Rank): number {
  if (left instanceof semver.SemVer && right instanceof semver.SemVer) return semver.compare(left, right)
  if (left === right) return 0
  return left < right ? -1 : 1
}
