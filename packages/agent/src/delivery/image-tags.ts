import { allows, globPattern, parsePolicy, parseReference, type TagInfo } from "@serin/core"
import type { ImageTags } from "../api/types.ts"
import { SerinError, unwrap } from "../errors.ts"
import type { ImageBook } from "../images/index.ts"

/** Tags of an image now, newest version first, and which of them a filter lets through. */
export async function imageTags(book: ImageBook, image: string, filter: string | undefined): Promise<ImageTags> {
  const reference = parseReference(image)
  if (reference === undefined)
    throw new SerinError("REQUEST_INVALID", `“${image}” is not an image reference`, {
      next: "Write it as in a manifest, without the tag, e.g. podinfo or ghcr.io/team/app.",
    })
  const matches = filter === undefined ? () => true : matcher(filter)
  const { tags, at } = unwrap(await book.tagsNow(reference))
  return {
    image,
    at: new Date(at).toISOString(),
    tags: [...tags]
      .sort(newestFirst)
      .map(({ tag, created }) => ({ tag, matches: matches(tag), ...(created === undefined ? {} : { created }) })),
  }
}

function matcher(filter: string): (tag: string) => boolean {
  if (!/^[a-z]+:/.test(filter)) {
    const glob = globPattern(filter)
    return (tag) => glob.test(tag)
  }
  const policy = parsePolicy(filter)
  if (!policy.ok) throw new SerinError("REQUEST_INVALID", `the filter does not read: ${policy.reason}`)
  return (tag) => allows(policy.policy, tag)
}

/** Numbers within tags count as numbers: 0.10.0 is newer than 0.9.0. */
const collator = new Intl.Collator("en", { numeric: true })
const newestFirst = (a: TagInfo, b: TagInfo): number =>
  a.created !== undefined && b.created !== undefined && a.created !== b.created
    ? a.created < b.created
      ? 1
      : -1
    : collator.compare(b.tag, a.tag)
