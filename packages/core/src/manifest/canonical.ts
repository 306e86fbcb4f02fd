/** JSON with the keys of every map in order, so that equal values have equal text. Written out, since thousands of objects go through it. */
export function canonicalJson(value: unknown): string {
  if (typeof value !== "object" || value === null) return JSON.stringify(value) ?? "undefined"
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(",")}]`
  const map = value as Readonly<Record<string, unknown>>
  let text = ""
  for (const key of Object.keys(map).sort()) {
    const part = map[key]
    if (part !== undefined) text += `${text === "" ? "" : ","}${JSON.stringify(key)}:${canonicalJson(part)}`
  }
  return `{${text}}`
}

/** Whether two JSON values are equal, whatever the order of their keys. */
export function sameJson(a: unknown, b: unknown): boolean {
  return canonicalJson(a) === canonicalJson(b)
}
