/** What Slack answers to an incoming webhook it does not take: a word as text, with a status. */
export interface Refusal {
  readonly status: 400 | 404 | 413
  readonly word: "invalid_payload" | "no_text" | "invalid_blocks" | "no_service" | "too_many_attachments"
}

export type Verdict = { readonly text: string; readonly payload: Readonly<Record<string, unknown>> } | Refusal

const invalid: Refusal = { status: 400, word: "invalid_payload" }

/**
 * Judges a body as Slack's incoming webhooks do: JSON, or a form whose field `payload` is JSON; it must say something
 * by `text`, `blocks` or `attachments`. `text` of the verdict is what a notification shows.
 */
export function judge(body: string, contentType: string | undefined): Verdict {
  const isForm = contentType?.startsWith("application/x-www-form-urlencoded") === true
  const payload = parseObject(isForm ? (new URLSearchParams(body).get("payload") ?? "") : body)
  if (!payload) return invalid
  const { text, blocks, attachments } = payload
  if (text !== undefined && typeof text !== "string") return invalid
  if (blocks !== undefined && !isListOfObjects(blocks)) return { status: 400, word: "invalid_blocks" }
  if (Array.isArray(blocks) && (blocks.length > 50 || !blocks.every(hasType)))
    return { status: 400, word: "invalid_blocks" }
  if (attachments !== undefined && !isListOfObjects(attachments)) return invalid
  if (Array.isArray(attachments) && attachments.length > 100) return { status: 400, word: "too_many_attachments" }
  const shown = text ?? plainText(blocks) ?? plainText(attachments)
  if (shown === undefined || shown.trim() === "") return { status: 400, word: "no_text" }
  return { text: shown, payload }
}

function parseObject(text: string): Record<string, unknown> | undefined {
  let parsed: unknown
  try {
    parsed = JSON.parse(text)
  } catch (error) {
    if (error instanceof SyntaxError) return undefined
    throw error
  }
  return isObject(parsed) ? parsed : undefined
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value)

const isListOfObjects = (value: unknown): boolean => Array.isArray(value) && value.every(isObject)

const hasType = (block: unknown): boolean => isObject(block) && typeof block["type"] === "string"

/** All text inside blocks or attachments, in order; undefined when there is none. */
function plainText(value: unknown): string | undefined {
  const found: string[] = []
  const visit = (node: unknown): void => {
    if (Array.isArray(node)) node.forEach(visit)
    else if (isObject(node)) {
      for (const key of ["pretext", "title", "text", "fallback", "fields", "elements", "value"]) {
        const child = node[key]
        if (typeof child === "string") found.push(child)
        else visit(child)
      }
    }
  }
  visit(value)
  return found.length === 0 ? undefined : found.join("\n")
}
