import type { CheckResult } from "../api/types.ts"
import type { SerinError } from "../errors.ts"
import { bad, good } from "./result.ts"

/** How the last look at an image's registry went; neither: it was not looked at yet. */
export interface ImageListing {
  readonly repository: string
  readonly tags?: number
  readonly failure?: SerinError
}

export const checkImages = (listings: readonly ImageListing[]): CheckResult[] =>
  listings.map(({ repository, tags, failure }) =>
    failure !== undefined
      ? bad(`image ${repository}`, failure)
      : good(
          `image ${repository}`,
          tags === undefined ? "is being listed" : `${tags} ${tags === 1 ? "tag" : "tags"} listed`,
        ),
  )
