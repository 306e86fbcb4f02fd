import { isRecord, listAt, recordAt, stringAt } from "../json.ts"

/** A label selector object (or a plain map of labels) in the form of `?labelSelector=`, keys in order. */
export function formatSelector(selector: unknown): string {
  if (!isRecord(selector)) return ""
  const structured = "matchLabels" in selector || "matchExpressions" in selector
  const labels = structured ? recordAt(selector, "matchLabels") : selector
  const terms = Object.entries(labels).map(([key, value]) => ({ key, text: `${key}=${String(value)}` }))
  for (const expression of structured ? listAt(selector, "matchExpressions") : []) {
    const key = stringAt(expression, "key") ?? ""
    const operator = stringAt(expression, "operator") ?? ""
    const values = listAt(expression, "values").map(String).sort().join(",")
    terms.push({ key, text: formatExpression(key, operator, values) })
  }
  return terms
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
    .map(({ text }) => text)
    .join(",")
}

function formatExpression(key: string, operator: string, values: string): string {
  switch (operator) {
    case "In":
      return `${key} in (${values})`
    case "NotIn":
      return `${key} notin (${values})`
    case "DoesNotExist":
      return `!${key}`
    default:
      return key
  }
}
