import { isRecord } from "../json.ts"

/**
 * The values that a printer column's JSONPath finds: `.spec.hosts`, `.status.conditions[?(@.type=="Ready")].status`,
 * `.metadata.labels['a.b/c']`, `.spec.ports[*].port`, `.spec.list[-1:]`. Missing fields find nothing.
 * @throws JsonPathError for a path that does not parse
 */
export function findByPath(path: string, object: unknown): unknown[] {
  let values: unknown[] = [object]
  for (const step of parsePath(path)) values = values.flatMap(step)
  return values
}

export class JsonPathError extends Error {
  override readonly name = "JsonPathError"
}

type Step = (value: unknown) => unknown[]

const parsed = new Map<string, readonly Step[]>()

function parsePath(path: string): readonly Step[] {
  const known = parsed.get(path)
  if (known !== undefined) return known
  const steps: Step[] = []
  let rest = path.startsWith("$") || path.startsWith("@") ? path.slice(1) : path
  while (rest !== "") {
    const [step, length] = parseStep(rest)
    steps.push(step)
    rest = rest.slice(length)
  }
  parsed.set(path, steps)
  return steps
}

/** The first step, and how many characters it takes. */
function parseStep(path: string): [Step, number] {
  const filter = /^\[\?\((.*?)\)\]/.exec(path)
  if (filter !== null) return [filterStep(filter[1] ?? ""), filter[0].length]
  const bracket = /^\[([^\]]*)\]/.exec(path)
  if (bracket !== null) return [bracketStep(bracket[1] ?? ""), bracket[0].length]
  const recursive = /^\.\.((?:\\.|[^.[\\])+)/.exec(path)
  if (recursive !== null) {
    const name = unescape(recursive[1] ?? "")
    return [(value) => everywhere(value).flatMap((one) => member(one, name)), recursive[0].length]
  }
  const field = /^\.?((?:\\.|[^.[\\])+)/.exec(path)
  if (field === null) throw new JsonPathError(`unrecognized JSONPath at ${JSON.stringify(path)}`)
  const name = unescape(field[1] ?? "")
  return [name === "*" ? children : (value) => member(value, name), field[0].length]
}

const unescape = (name: string): string => name.replaceAll("\\", "")

function bracketStep(inside: string): Step {
  const quoted = /^'([^']*)'$/.exec(inside)
  // Quotes do not keep a dot from leading further in: only a backslash does.
  if (quoted !== null) return (value) => findByPath(`.${quoted[1] ?? ""}`, value)
  if (inside === "*") return children
  const slice = /^(-?\d*)(:-?\d*)?(:-?\d*)?$/.exec(inside)
  if (slice === null) throw new JsonPathError(`invalid array index ${inside}`)
  const [, from = "", to, step] = slice
  return (value) => {
    if (!Array.isArray(value)) return []
    const list = value as unknown[]
    const start = from === "" ? 0 : Number(from)
    if (to === undefined) return start < list.length && start >= -list.length ? [list.at(start)] : []
    const sliced = list.slice(start, to === ":" ? undefined : Number(to.slice(1)))
    const stride = step === undefined || step === ":" ? 1 : Number(step.slice(1))
    return sliced.filter((_item, index) => index % stride === 0)
  }
}

function filterStep(expression: string): Step {
  const comparison = /^([^!<>=]+)([!<>=]+)(.+?)$/.exec(expression)
  if (comparison === null) {
    return (value) => items(value).filter((item) => findByPath(expression.trim(), item).length > 0)
  }
  const [, left = "", operator = "", right = ""] = comparison
  const wanted = literal(right.trim())
  return (value) =>
    items(value).filter((item) => {
      const [found] = findByPath(left.trim(), item)
      const other = wanted.path === undefined ? wanted.value : findByPath(wanted.path, item)[0]
      return found !== undefined && compares(found, operator, other)
    })
}

function literal(text: string): { readonly path?: string; readonly value?: unknown } {
  if (text.startsWith("@") || text.startsWith("$")) return { path: text }
  const quoted = /^(["'])(.*)\1$/.exec(text)
  if (quoted !== null) return { value: quoted[2] ?? "" }
  if (text === "true" || text === "false") return { value: text === "true" }
  const number = Number(text)
  if (text !== "" && !Number.isNaN(number)) return { value: number }
  throw new JsonPathError(`unrecognized value ${text} in a filter`)
}

function compares(left: unknown, operator: string, right: unknown): boolean {
  if (operator === "==") return left === right
  if (operator === "!=") return left !== right
  if (typeof left !== typeof right || (typeof left !== "number" && typeof left !== "string")) return false
  const [a, b] = [left, right as typeof left]
  switch (operator) {
    case "<":
      return a < b
    case "<=":
      return a <= b
    case ">":
      return a > b
    case ">=":
      return a >= b
    default:
      throw new JsonPathError(`unrecognized filter operator ${operator}`)
  }
}

const items = (value: unknown): unknown[] => (Array.isArray(value) ? (value as unknown[]) : [])

function member(value: unknown, name: string): unknown[] {
  return isRecord(value) && Object.hasOwn(value, name) ? [value[name]] : []
}

function children(value: unknown): unknown[] {
  return Array.isArray(value) ? (value as unknown[]) : isRecord(value) ? Object.values(value) : []
}

function everywhere(value: unknown): unknown[] {
  return [value, ...children(value).flatMap(everywhere)]
}
