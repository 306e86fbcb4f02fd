import { createRequire } from "node:module"
import { Ajv } from "ajv"

interface Schema {
  readonly definitions: Record<string, { readonly required?: readonly string[] }>
}

/** Octokit's schemas of GitHub's events: closed objects with all that GitHub sends. */
const github = createRequire(import.meta.url)("@octokit/webhooks-schemas/schema.json") as Schema

/**
 * Of these the embedded host sends only a part: what is there must be GitHub's, but not all of GitHub's is there. Of the
 * event itself and of its commits nothing may be missing.
 */
const shortened = ["repository", "user"]

const ajv = new Ajv({ strict: false, allErrors: true })
ajv.addFormat("date-time", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)$/)
ajv.addFormat("uri", (text: string) => URL.canParse(text))
ajv.addFormat("uri-template", true)
ajv.addFormat("email", /^[^@\s]+@[^@\s]+$/)
ajv.addSchema(
  {
    ...github,
    definitions: Object.fromEntries(
      Object.entries(github.definitions).map(([name, schema]) => [
        name,
        shortened.includes(name) ? { ...schema, required: [] } : schema,
      ]),
    ),
  },
  "github",
)

/** Why an event is none of GitHub's `push` events; empty if it is one. */
export function deviations(event: unknown): string[] {
  const validate = ajv.getSchema("github#/definitions/push$event")
  if (validate === undefined) throw new Error("there is no schema of the push event")
  if (validate(event) === true) return []
  return (validate.errors ?? []).map(
    ({ instancePath, message, params }) => `${instancePath} ${String(message)} ${JSON.stringify(params)}`,
  )
}
