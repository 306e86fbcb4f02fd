import { isRecord } from "../json.ts"
import { goFormat, goTypeName } from "../patch/index.ts"
import type { ScalarSchema, Schema } from "../schema/index.ts"
import { atomOf, InvalidItem, itemElement } from "./atom.ts"
import { fieldElement, indexElement, printElement, type PathElement } from "./path-element.ts"

interface Problem {
  readonly path: string
  readonly message: string
}

/**
 * What keeps an applied configuration from having an owner for each of its fields: undeclared fields, values of another
 * type, list items twice. Undefined if there is nothing; the text is the real server's.
 */
export function problemsOf(schema: Schema, value: unknown): string | undefined {
  const problems = check(schema, value)
  const [first] = problems
  if (first === undefined) return undefined
  const texts = problems.map(({ path, message }) => (path === "" ? message : `${path}: ${message}`))
  return problems.length === 1 ? texts[0] : ["errors:", ...texts.map((text) => `  ${text}`)].join("\n")
}

function check(schema: Schema, value: unknown): Problem[] {
  const atom = atomOf(schema, value)
  if (value === null || value === undefined) return []
  if (atom.kind === "scalar") return schema.type === "scalar" ? checkScalar(schema, value) : []
  if (atom.kind === "map") {
    if (!isRecord(value)) return [{ path: "", message: `expected map, got &{${goFormat(value)}}` }]
    const problems: Problem[] = []
    for (const [key, member] of Object.entries(value)) {
      const type = atom.schemaOf(key)
      const element = fieldElement(key)
      if (type === undefined) return [...problems, at(element, { path: "", message: "field not declared in schema" })]
      problems.push(...check(type.schema, member).map((problem) => at(element, problem)))
    }
    return problems
  }
  if (!Array.isArray(value)) return [{ path: "", message: `expected list, got &{${goFormat(value)}}` }]
  const problems: Problem[] = []
  const seen = new Set<PathElement>()
  for (const [index, item] of (value as unknown[]).entries()) {
    let element = indexElement(index)
    if (atom.schema.listType !== "atomic") {
      try {
        element = itemElement(atom.schema, item)
      } catch (error) {
        if (!(error instanceof InvalidItem)) throw error
        return [...problems, { path: "", message: `element ${index}: ${error.message}` }]
      }
      if (seen.has(element)) {
        problems.push({ path: "", message: `duplicate entries for key ${printElement(element)}` })
      }
      seen.add(element)
    }
    problems.push(...check(atom.schema.items, item).map((problem) => at(element, problem)))
  }
  return problems
}

const at = (element: PathElement, { path, message }: Problem): Problem => ({
  path: printElement(element) + path,
  message,
})

function checkScalar({ format }: ScalarSchema, value: unknown): Problem[] {
  const message = scalarProblem(format, value)
  return message === undefined ? [] : [{ path: "", message }]
}

function scalarProblem(format: ScalarSchema["format"], value: unknown): string | undefined {
  const type = typeof value
  switch (format) {
    case "int32":
    case "int64":
    case "float64":
      return type === "number" ? undefined : `expected numeric (int or float), got ${goTypeName(value)}`
    case "string":
    case "bytes":
      return type === "string" ? undefined : `expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`
    case "bool":
      return type === "boolean" ? undefined : `expected boolean, got &{${goFormat(value)}}`
    default:
      return type === "object" ? `expected any scalar, got &{${goFormat(value)}}` : undefined
  }
}

/** A JSON value as Go prints it with %#v. */
function goSyntax(value: unknown): string {
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`
  if (isRecord(value)) {
    const entries = Object.keys(value)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`)
    return `map[string]interface {}{${entries.join(", ")}}`
  }
  return value === null ? "interface {}(nil)" : JSON.stringify(value)
}
