import { z } from "zod"
import { hubSignatureMatches } from "../http/index.ts"
import { isTag } from "../oci/index.ts"

const push = z.object({
  ref: z.string(),
  deleted: z.boolean().optional(),
  after: z.string(),
  head_commit: z.object({ id: z.string() }).nullish(),
  repository: z.object({ full_name: z.string().regex(/^[\w-][\w.-]*\/[\w-][\w.-]*$/) }),
})

export type WebhookVerdict =
  | { readonly kind: "build"; readonly repository: string; readonly tag: string; readonly commit: string }
  | { readonly kind: "nothing"; readonly reason: string }
  | { readonly kind: "refused"; readonly status: 400 | 401; readonly reason: string }

/** Reads a push event in GitHub's shape: only tags that now stand for a commit are built. */
export function readWebhook(
  body: Buffer,
  headers: { readonly event: string | undefined; readonly signature: string | undefined },
  secret: string,
): WebhookVerdict {
  if (!hubSignatureMatches(secret, body, headers.signature)) {
    return {
      kind: "refused",
      status: 401,
      reason: "X-Hub-Signature-256 does not fit: give the hook the builder's secret",
    }
  }
  if (headers.event !== "push") return { kind: "nothing", reason: `the event ${headers.event} builds nothing` }
  const parsed = push.safeParse(parseJson(body))
  if (!parsed.success) return { kind: "refused", status: 400, reason: "the body is no push event" }
  const { ref, deleted, after, head_commit: head, repository } = parsed.data
  const tag = /^refs\/tags\/(.+)$/.exec(ref)?.[1]
  if (tag === undefined) return { kind: "nothing", reason: "only tags are built" }
  if (deleted === true) return { kind: "nothing", reason: `the tag ${tag} was deleted; its image stays` }
  if (!isTag(tag)) return { kind: "nothing", reason: `${tag} cannot be the tag of an image` }
  return { kind: "build", repository: repository.full_name, tag, commit: head?.id ?? after }
}

function parseJson(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString("utf8"))
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
}
