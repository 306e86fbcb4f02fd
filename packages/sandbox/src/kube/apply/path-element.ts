import { isRecord, type Json } from "../json.ts"

/**
 * One step of a path in a FieldsV1 set, in its serialized form, which also identifies it: `f:NAME` a field,
 * `k:{"name":"x"}` a list item by its keys (sorted), `v:"x"` an item of a set, `i:0` an index.
 */
export type PathElement = string

export type Path = readonly PathElement[]

export const fieldElement = (name: string): PathElement => `f:${name}`

export function keyElement(keys: Json): PathElement {
  const sorted = Object.keys(keys)
    .sort()
    .map((name) => `${JSON.stringify(name)}:${goJson(keys[name])}`)
  return `k:{${sorted.join(",")}}`
}

export const valueElement = (value: unknown): PathElement => `v:${goJson(value)}`

export const indexElement = (index: number): PathElement => `i:${index}`

/**
 * The element in the one form that compares equal. Undefined for elements of an unknown kind, which are left out, as
 * the real server does with those of versions to come.
 */
export function parseElement(text: string): PathElement | undefined {
  const rest = text.slice(2)
  switch (text.slice(0, 2)) {
    case "f:":
      return text
    case "k:": {
      const keys: unknown = JSON.parse(rest)
      if (!isRecord(keys)) throw new SyntaxError(`not an object of keys: ${text}`)
      return keyElement(keys)
    }
    case "v:":
      return valueElement(JSON.parse(rest))
    case "i:":
      if (!/^-?\d+$/.test(rest)) throw new SyntaxError(`not an index: ${text}`)
      return indexElement(Number(rest))
    default:
      if (text[1] !== ":") throw new SyntaxError(`missing colon: ${text}`)
      return undefined
  }
}

/** Go's encoder writes `<`, `>` and `&` escaped; sets compare by text. */
function goJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[<>&]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, "0")}`,
  )
}

/** As messages show a path: `.spec.containers[name="web"].image`. */
export function printPath(path: Path): string {
  return path.map(printElement).join("")
}

export function printElement(element: PathElement): string {
  const rest = element.slice(2)
  switch (element[0]) {
    case "f":
      return `.${rest}`
    case "k": {
      const keys = JSON.parse(rest) as Json
      return `[${Object.entries(keys)
        .map(([name, value]) => `${name}=${printValue(value)}`)
        .join(",")}]`
    }
    case "v":
      return `[=${printValue(JSON.parse(rest))}]`
    default:
      return `[${rest}]`
  }
}

const printValue = (value: unknown): string => JSON.stringify(value)

/** Order of elements in sets and messages: fields by name, then items by keys, by value, by index. */
export function compareElements(a: PathElement, b: PathElement): number {
  const kinds = "fkvi"
  const byKind = kinds.indexOf(a.charAt(0)) - kinds.indexOf(b.charAt(0))
  if (byKind !== 0 || a === b) return byKind
  const [left, right] = [a.slice(2), b.slice(2)]
  switch (a[0]) {
    case "f":
      return compareText(left, right)
    case "k":
      return compareKeys(JSON.parse(left) as Json, JSON.parse(right) as Json)
    case "v":
      return compareValues(JSON.parse(left), JSON.parse(right))
    default:
      return Number(left) - Number(right)
  }
}

function compareKeys(a: Json, b: Json): number {
  const [left, right] = [Object.entries(a), Object.entries(b)]
  for (const [index, [name, value]] of left.entries()) {
    const other = right[index]
    if (other === undefined) return 1
    const difference = compareText(name, other[0]) || compareValues(value, other[1])
    if (difference !== 0) return difference
  }
  return left.length - right.length
}

/** Numbers before strings before booleans before the rest. */
function compareValues(a: unknown, b: unknown): number {
  const rank = (value: unknown): number => {
    const at = ["number", "string", "boolean"].indexOf(typeof value)
    return at < 0 ? 3 : at
  }
  if (rank(a) !== rank(b)) return rank(a) - rank(b)
  if (typeof a === "number" && typeof b === "number") return a - b
  return compareText(typeof a === "string" ? a : JSON.stringify(a), typeof b === "string" ? b : JSON.stringify(b))
}

function compareText(a: string, b: string): number {
  if (a === b) return 0
  return a < b ? -1 : 1
}
