import type { Matcher } from "./ast.ts"
import type { Cursor } from "./cursor.ts"
import { isLabelName } from "../labels.ts"
import { quoted } from "../utf8.ts"
import { matchesNothing, RegexpError } from "../regexp/regexp.ts"
import type { Token } from "./token.ts"

/** The matchers behind an open brace, with the brace that ends them. */
export function matchers(cursor: Cursor): Matcher[] {
  const list: Matcher[] = []
  if (cursor.take("}") !== undefined) return list
  for (;;) {
    list.push(matcher(cursor))
    const comma = cursor.take(",")
    if (cursor.take("}") !== undefined) return list
    if (comma === undefined) cursor.unexpected(cursor.peek(), "label matching", '"," or "}"')
  }
}

function matcher(cursor: Cursor): Matcher {
  const context = "label matching"
  const label = cursor.peek()
  if (label.kind !== "identifier" && label.kind !== "string") cursor.unexpected(label, context, 'identifier or "}"')
  cursor.next()
  if (label.kind === "string" && (cursor.at(",") || cursor.at("}")))
    return { label: "__name__", op: "=", value: label.value }
  const { text: op } = cursor.peek()
  if (op !== "=" && op !== "!=" && op !== "=~" && op !== "!~")
    return cursor.unexpected(cursor.peek(), context, "label matching operator")
  cursor.next()
  const value = cursor.peek()
  if (value.kind !== "string") cursor.unexpected(value, context, "string")
  cursor.next()
  if (op === "=~" || op === "!~") {
    try {
      matchesNothing(value.value)
    } catch (error) {
      if (!(error instanceof RegexpError)) throw error
      cursor.fail(label.offset, error.message)
    }
  }
  return { label: label.value, op, value: value.value }
}

/** `(a, b)` after `by`, `on` and the like. */
export function labelList(cursor: Cursor): string[] {
  const context = "grouping opts"
  cursor.expect("(", context, '"("')
  const labels: string[] = []
  while (cursor.take(")") === undefined) {
    const token = cursor.peek()
    if (!isLabel(token)) cursor.unexpected(token, context, "label")
    if (!isLabelName(token.value)) cursor.fail(token.offset, `invalid label name for grouping: ${quoted(token.value)}`)
    labels.push(cursor.next().value)
    if (cursor.take(",") === undefined && !cursor.at(")")) cursor.unexpected(cursor.peek(), context, '"," or ")"')
  }
  return labels
}

const noLabels = new Set(["inf", "nan", "without"])
const isLabel = ({ kind, text }: Token): boolean =>
  kind === "string" ||
  kind === "identifier" ||
  kind === "metric" ||
  (/^[a-zA-Z_]\w*$/.test(text) && !noLabels.has(text.toLowerCase()))
