import { allows, type TagPolicy } from "./policy.ts"
import { compareRanks, rankOf, type Rank, type TagInfo } from "./order.ts"
import { effectiveTag, parseReference, withoutDigest } from "./reference.ts"

export interface TagListing {
  readonly tags: readonly TagInfo[]
  /** False when the listing broke off: what is missing may be newer, so nothing is decided on it. */
  readonly complete: boolean
}

/** An image that a canary rejected. Without a digest the tag alone counts. */
export interface RejectedImage {
  readonly tag: string
  readonly digest: string
}

export interface ChooseInput {
  readonly policy: TagPolicy
  /** The container's image as Git states it now. */
  readonly current: string
  readonly listing: TagListing
  readonly rejected: readonly RejectedImage[]
  /** Digests that are already known, by tag. */
  readonly digests: ReadonlyMap<string, string>
}

export type Choice =
  | { readonly kind: "release"; readonly tag: string; readonly digest: string; readonly reason: string }
  /** The digest of this tag decides: fetch it, add it to `digests`, choose again. */
  | { readonly kind: "resolve"; readonly tag: string }
  | { readonly kind: "stay"; readonly reason: string }

const stay = (reason: string): Choice => ({ kind: "stay", reason })

function isRejected(tag: string, digest: string, rejected: readonly RejectedImage[]): boolean {
  return rejected.some((one) => (one.digest === "" ? one.tag === tag : one.digest === digest))
}

/**
 * What automation does with a container now. It never goes down in the policy's order, never takes a rejected image
 * again, and leaves everything as it is when it does not know enough. Every answer is a sentence for people.
 */
export function choose(input: ChooseInput): Choice {
  const { policy, listing } = input
  const reference = parseReference(input.current)
  if (reference === undefined) return stay(`“${input.current}” is not an image reference.`)
  if (!listing.complete) return stay("The list of tags is incomplete, so nothing is chosen from it.")
  const currentTag = effectiveTag(reference)
  if (currentTag === undefined)
    return stay(`${input.current} is pinned without a tag; state a tag so that automation can tell newer from older.`)
  if (policy.order === "digest") return chooseDigest(input, policy.tag, currentTag, reference.digest)
  const current = listing.tags.find((info) => info.tag === currentTag) ?? { tag: currentTag }
  const currentRank = rankOf(policy, current)
  if (currentRank === undefined)
    return stay(
      `The current tag ${currentTag} has no place in the order of ${policy.text}, so newer cannot be told from older; release once by hand.`,
    )
  return chooseNewer(input, currentTag, currentRank)
}

function chooseNewer(input: ChooseInput, currentTag: string, currentRank: Rank): Choice {
  const { policy, listing, rejected, digests } = input
  const allowed = listing.tags.filter((info) => allows(policy, info.tag))
  const newer = allowed
    .flatMap((info) => {
      const rank = rankOf(policy, info)
      return rank !== undefined && compareRanks(rank, currentRank) > 0 ? [{ tag: info.tag, rank }] : []
    })
    .sort((a, b) => compareRanks(b.rank, a.rank) || (a.tag < b.tag ? 1 : -1))
  const skipped: string[] = []
  for (const { tag } of newer) {
    const digest = digests.get(tag)
    if (digest === undefined) return { kind: "resolve", tag }
    if (!isRejected(tag, digest, rejected)) {
      const but = skipped.length === 0 ? "" : ` (${skipped.join(", ")} was rejected by a canary)`
      return { kind: "release", tag, digest, reason: `${tag} is the newest tag that ${policy.text} allows${but}.` }
    }
    skipped.push(tag)
  }
  if (skipped.length > 0) return stay(`${skipped.join(", ")} was rejected by a canary and is not tried again.`)
  if (allowed.length === 0) return stay(`None of the ${listing.tags.length} tags is allowed by ${policy.text}.`)
  return stay(`${currentTag} is the newest tag that ${policy.text} allows.`)
}

function chooseDigest(input: ChooseInput, tag: string, currentTag: string, currentDigest: string | undefined): Choice {
  if (currentTag !== tag)
    return stay(`${withoutDigest(input.current)} does not carry the tag ${tag} that ${input.policy.text} follows.`)
  if (!input.listing.tags.some((info) => info.tag === tag)) return stay(`The registry has no tag ${tag}.`)
  const digest = input.digests.get(tag)
  if (digest === undefined) return { kind: "resolve", tag }
  if (digest === currentDigest) return stay(`${tag} still points at ${digest}.`)
  if (isRejected(tag, digest, input.rejected)) return stay(`What ${tag} points at now was rejected by a canary.`)
  return { kind: "release", tag, digest, reason: `${tag} points at ${digest} now.` }
}

/** The newest tag the policy allows, for display; undefined when there is none. */
export function newestTag(policy: TagPolicy, tags: readonly TagInfo[]): string | undefined {
  let best: { tag: string; rank: Rank } | undefined
  for (const info of tags) {
    const rank = allows(policy, info.tag) ? rankOf(policy, info) : undefined
    if (rank !== undefined && (best === undefined || compareRanks(rank, best.rank) > 0)) best = { tag: info.tag, rank }
  }
  return best?.tag
}
