import type { DesiredObject, Manifest } from "@serin/core"

/**
 * The API's refusal for people: its first line (some go on with a dump of the object), and of a Secret without the values that
 * the API likes to quote, which must not get into a status, an event or a log.
 */
export function safeMessage({ object }: Pick<DesiredObject, "object">, message: string): string {
  const [line = message] = message.split("\n", 1)
  if (!isSecret(object)) return line
  const values = Object.values(dataOf(object)).flatMap((value) => [String(value), atobOrNothing(String(value))])
  // Very short ones would tear holes into words, and are no secrets.
  const hidden = values.filter((value) => value.length > 3).reduce((text, value) => text.replaceAll(value, "…"), line)
  return hidden.replace(/got &value\..*$/, "got something else")
}

function atobOrNothing(value: string): string {
  return Buffer.from(value, "base64").toString("utf8")
}

/** A Secret with its values hidden, yet so that a diff shows which of them change. */
export function masked(
  before: Manifest | undefined,
  after: Manifest | undefined,
): [Manifest | undefined, Manifest | undefined] {
  const sample = before ?? after
  if (!sample || !isSecret(sample)) return [before, after]
  const old = dataOf(before)
  const next = dataOf(after)
  const hide = (data: Readonly<Record<string, unknown>>, mark: string) =>
    Object.fromEntries(
      Object.keys(data).map((key) => [
        key,
        key in old && key in next && old[key] !== next[key] ? `*** (${mark})` : "***",
      ]),
    )
  return [before && { ...before, data: hide(old, "before") }, after && { ...after, data: hide(next, "after") }]
}

function isSecret({ apiVersion, kind }: Manifest): boolean {
  return apiVersion === "v1" && kind === "Secret"
}

function dataOf(object: Manifest | undefined): Readonly<Record<string, unknown>> {
  return (object?.["data"] ?? {}) as Readonly<Record<string, unknown>>
}
