import { isMap, isScalar, parseDocument, Scalar } from "yaml"

export type ScalarValue = string | number | boolean

/** How the text around a value is written, so that a new value is written alike. */
export interface ScalarStyle {
  readonly quote: "none" | "single" | "double"
  /** Inside `{}` or `[]`, where more characters mean something. */
  readonly flow: boolean
}

/** How an existing scalar is written; undefined for block scalars (`|`, `>`), which are not spliced. */
export function styleOf(scalar: Scalar, flow: boolean): ScalarStyle | undefined {
  switch (scalar.type) {
    case Scalar.QUOTE_SINGLE:
      return { quote: "single", flow }
    case Scalar.QUOTE_DOUBLE:
      return { quote: "double", flow }
    case Scalar.PLAIN:
      return { quote: "none", flow }
    default:
      return undefined
  }
}

/** YAML text of a value in the given style; text that would read as something else is quoted instead. */
export function renderScalar(value: ScalarValue, style: ScalarStyle): string {
  if (typeof value !== "string") return String(value)
  if (style.quote === "double") return JSON.stringify(value)
  if (style.quote === "single" && /^[\x20-\x7e\u00a0-\uffff]*$/.test(value)) return `'${value.replaceAll("'", "''")}'`
  return readsAsText(value, style.flow) ? value : JSON.stringify(value)
}

/** Whether plain text reads back as this very string, in YAML 1.1 (kubectl) and 1.2 alike. */
function readsAsText(value: string, flow: boolean): boolean {
  const source = flow ? `{k: ${value}, l: 1}` : `k: ${value}\nl: 1\n`
  return (["yaml-1.1", "core"] as const).every((schema) => {
    const { contents, errors } = parseDocument(source, { schema, logLevel: "silent" })
    const node: unknown = isMap(contents) && contents.items.length === 2 ? contents.get("k", true) : undefined
    return errors.length === 0 && isScalar(node) && node.type === Scalar.PLAIN && node.value === value && !node.comment
  })
}
