import { z } from "zod"

const text = z.string({ error: "is missing or not text" }).min(1, "is empty")
const textMap = z.record(z.string(), z.string({ error: "is not text: quote the value" }), { error: "is not a map" })

/** What every object must have before anything can be said about it; the API server checks the rest. */
export const envelope = z.looseObject({
  apiVersion: text.regex(/^([^/\s]+\/)?[^/\s]+$/, 'is neither "version" nor "group/version"'),
  kind: text,
  metadata: z.looseObject(
    {
      name: text,
      namespace: text.optional(),
      labels: textMap.nullish(),
      annotations: textMap.nullish(),
    },
    { error: "is missing or not a map" },
  ),
})

/** The first thing wrong with an object's envelope, as `metadata.name is missing or not text`. */
export function envelopeProblem(value: unknown): string | undefined {
  const checked = envelope.safeParse(value)
  const issue = checked.success ? undefined : checked.error.issues[0]
  return issue && `${issue.path.join(".") || "the document"} ${issue.message}`
}
