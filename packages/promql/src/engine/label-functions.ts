import { isLabelName, type Labels } from "../labels.ts"
import { expand } from "../regexp/expand.ts"
import { RegexpError, submatches } from "../regexp/regexp.ts"
import type { InstantFunction } from "./call-context.ts"
import { textOf, vectorOf, type Column } from "./grid.ts"
import { merged } from "./names.ts"
import { PromqlError } from "./query-error.ts"

const fail = (reason: string): never => {
  throw new PromqlError("execution", reason)
}

function labelName(name: string, of: string, which: "destination" | "source"): string {
  return isLabelName(name) ? name : fail(`invalid ${which} label name in ${of}(): ${name}`)
}

/** With a label set; a name that is set is one, whatever the name before said no longer. */
function withLabel(column: Column, name: string, value: string): Column {
  const labels: Labels = column.labels.with(name, value)
  return name === "__name__" ? { ...column, labels, nameless: false } : { ...column, labels }
}

const labelReplace: InstantFunction = (call, [vector, ...texts], context) => {
  const [target = "", replacement = "", source = "", pattern = ""] = texts.map(textOf)
  const groupsIn = compiled(pattern)
  labelName(target, call.name, "destination")
  const columns = vectorOf(vector).map((column) => {
    context.spend(0)
    const groups = groupsIn(column.labels.get(source))
    return groups === undefined ? column : withLabel(column, target, expand(replacement, groups))
  })
  return { kind: "vector", columns: merged(columns) }
}

function compiled(pattern: string): ReturnType<typeof submatches> {
  try {
    return submatches(pattern)
  } catch (error) {
    if (!(error instanceof RegexpError)) throw error
    return fail(`invalid regular expression in label_replace(): ${pattern}`)
  }
}

const labelJoin: InstantFunction = (call, [vector, ...texts]) => {
  const [target = "", separator = "", ...sources] = texts.map(textOf)
  for (const source of sources) labelName(source, call.name, "source")
  labelName(target, call.name, "destination")
  const columns = vectorOf(vector).map((column) =>
    withLabel(column, target, sources.map((name) => column.labels.get(name)).join(separator)),
  )
  return { kind: "vector", columns: merged(columns) }
}

export const labelFunctions: ReadonlyMap<string, InstantFunction> = new Map([
  ["label_replace", labelReplace],
  ["label_join", labelJoin],
])
