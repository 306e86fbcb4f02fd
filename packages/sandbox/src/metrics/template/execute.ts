import { variadic, type TemplateFunction } from "./functions.ts"
import type { Command, Node, Operand, Pipeline, Template } from "./node.ts"
import { shown } from "./print.ts"
import { Fields, isTrue, TemplateSample, typeName, type Value } from "./value.ts"

/** What ends a loop early. */
type Ended = "break" | "continue" | undefined

interface Variable {
  readonly name: string
  value: Value
}

const deepest = 1000

/**
 * What a template makes of the data. Throws Error, worded as Go words it: `template: NAME:LINE:COLUMN: executing "NAME" at
 * <…>: …`.
 */
export function executeTemplate(
  template: Template,
  data: Value,
  functions: ReadonlyMap<string, TemplateFunction>,
): string {
  const run = new Run(template, functions)
  run.nodes(template.body, data, [{ name: "$", value: data }], 0)
  return run.output
}

class Run {
  output = ""
  readonly #template: Template
  readonly #functions: ReadonlyMap<string, TemplateFunction>

  constructor(template: Template, functions: ReadonlyMap<string, TemplateFunction>) {
    this.#template = template
    this.#functions = functions
  }

  nodes(nodes: readonly Node[], dot: Value, variables: Variable[], depth: number): Ended {
    for (const node of nodes) {
      const ended = this.#node(node, dot, variables, depth)
      if (ended !== undefined) return ended
    }
    return undefined
  }

  #node(node: Node, dot: Value, variables: Variable[], depth: number): Ended {
    switch (node.kind) {
      case "text":
        this.output += node.text
        return undefined
      case "action": {
        const value = this.#pipeline(node.pipeline, dot, variables)
        if (node.pipeline.variables.length === 0) this.output += shown(value)
        return undefined
      }
      case "break":
      case "continue":
        return node.kind
      case "template":
        return this.#named(node, dot, variables, depth)
      case "if":
      case "with": {
        const inner = [...variables]
        const value = this.#pipeline(node.pipeline, dot, inner)
        if (!isTrue(value)) return this.nodes(node.otherwise, dot, inner, depth)
        return this.nodes(node.body, node.kind === "with" ? value : dot, inner, depth)
      }
      case "range":
        return this.#range(node, dot, variables, depth)
    }
  }

  #named(node: Extract<Node, { kind: "template" }>, dot: Value, variables: Variable[], depth: number): Ended {
    const body = this.#template.named.get(node.name)
    const place = { at: node.at, source: `{{template ${JSON.stringify(node.name)}}}` }
    if (body === undefined) this.#fail(place, `template ${JSON.stringify(node.name)} not defined`)
    if (depth >= deepest) this.#fail(place, `exceeded maximum template depth (${String(deepest)})`)
    const value = node.pipeline === undefined ? undefined : this.#pipeline(node.pipeline, dot, variables)
    this.nodes(body, value, [{ name: "$", value }], depth + 1)
    return undefined
  }

  #range(node: Extract<Node, { kind: "range" }>, dot: Value, variables: Variable[], depth: number): Ended {
    const { variables: names, ...rest } = node.pipeline
    const inner = [...variables]
    const value = this.#pipeline({ ...rest, variables: [] }, dot, inner)
    const items = this.#items(node.pipeline, value)
    if (items.length === 0) return this.nodes(node.otherwise, dot, inner, depth)
    for (const [key, item] of items) {
      const scope = [...inner]
      const values = names.length === 2 ? [key, item] : [item]
      names.forEach((name, index) => this.#set(name, values[index], scope, node.pipeline.assigns))
      if (this.nodes(node.body, item, scope, depth) === "break") break
    }
    return undefined
  }

  #items(place: Pipeline, value: Value): (readonly [Value, Value])[] {
    if (value === undefined) return []
    if (Array.isArray(value)) return (value as readonly Value[]).map((item, index) => [BigInt(index), item] as const)
    if (value instanceof Map) return [...(value as ReadonlyMap<string, Value>)].sort(([a], [b]) => (a < b ? -1 : 1))
    if (typeof value === "bigint" && value < 1_000_000n)
      return Array.from({ length: Math.max(0, Number(value)) }, (_, index) => [BigInt(index), BigInt(index)] as const)
    return this.#fail(place, `range can't iterate over ${shown(value)}`)
  }

  #set(name: string, value: Value, variables: Variable[], assigns: boolean): void {
    const known = assigns ? variables.findLast((variable) => variable.name === name) : undefined
    if (known === undefined) variables.push({ name, value })
    else known.value = value
  }

  #pipeline(pipeline: Pipeline, dot: Value, variables: Variable[]): Value {
    let value: Value
    pipeline.commands.forEach((command, index) => {
      value = this.#command(command, dot, variables, index === 0 ? [] : [value])
    })
    for (const name of pipeline.variables) this.#set(name, value, variables, pipeline.assigns)
    return value
  }

  /** `piped`: what the command before it says, its last argument. */
  #command(command: Command, dot: Value, variables: Variable[], piped: readonly Value[]): Value {
    const [first, ...others] = command.operands
    if (first === undefined) return undefined
    if (first.kind === "function") return this.#call(command, first.name, others, dot, variables, piped)
    if (others.length > 0 || piped.length > 0)
      return this.#fail(first, `can't give argument to non-function ${first.source}`)
    if (first.kind === "nil") return this.#fail(command, "nil is not a command")
    return this.#operand(first, dot, variables)
  }

  #call(
    command: { readonly at: number; readonly source: string },
    name: string,
    operands: readonly Operand[],
    dot: Value,
    variables: Variable[],
    piped: readonly Value[],
  ): Value {
    const call = this.#functions.get(name)
    if (call === undefined) return this.#fail(command, `${JSON.stringify(name)} is not a defined function`)
    // `and` and `or` look no further than they must.
    if (name === "and" || name === "or") {
      let value: Value
      for (const operand of operands) {
        value = this.#operand(operand, dot, variables)
        if (isTrue(value) === (name === "or")) return value
      }
      return piped.length > 0 ? piped[0] : value
    }
    const values = [...operands.map((operand) => this.#operand(operand, dot, variables)), ...piped]
    const least = name === "slice" ? 1 : call.length
    if (values.length < least || (values.length > least && !variadic.has(name))) {
      const wanted = `${variadic.has(name) ? "at least " : ""}${String(least)}`
      const place = { at: command.at, source: name }
      return this.#fail(place, `wrong number of args for ${name}: want ${wanted} got ${String(values.length)}`)
    }
    try {
      return call(...values)
    } catch (error) {
      return this.#fail(command, `error calling ${name}: ${error instanceof Error ? error.message : String(error)}`)
    }
  }

  #operand(operand: Operand, dot: Value, variables: Variable[]): Value {
    switch (operand.kind) {
      case "dot":
        return dot
      case "nil":
        return undefined
      case "constant":
        return operand.value
      case "variable":
        return variables.findLast(({ name }) => name === operand.name)?.value
      case "pipeline":
        return this.#pipeline(operand.pipeline, dot, variables)
      case "function":
        return this.#call(operand, operand.name, [], dot, variables, [])
      case "fields": {
        const value = operand.of === undefined ? dot : this.#operand(operand.of, dot, variables)
        return operand.path.reduce((of, name) => this.#field(operand, of, name), value)
      }
    }
  }

  #field(place: Operand, value: Value, name: string): Value {
    if (value instanceof Map) {
      const texts = [...(value as ReadonlyMap<string, Value>).values()].every((item) => typeof item === "string")
      return (value as ReadonlyMap<string, Value>).get(name) ?? (texts ? "" : undefined)
    }
    if (value instanceof TemplateSample && name === "Labels") return value.Labels
    if (value instanceof TemplateSample && name === "Value") return value.Value
    if (value instanceof Fields && Object.hasOwn(value.fields, name)) return value.fields[name]
    if (value === undefined) return this.#fail(place, `nil data; no entry for key ${JSON.stringify(name)}`)
    return this.#fail(place, `can't evaluate field ${name} in type ${typeName(value)}`)
  }

  #fail({ at, source }: { readonly at: number; readonly source: string }, message: string): never {
    const { name, text } = this.#template
    const before = text.slice(0, at)
    const line = before.split("\n").length
    const column = Buffer.byteLength(before.slice(before.lastIndexOf("\n") + 1))
    throw new Error(
      `template: ${name}:${String(line)}:${String(column)}: executing ${JSON.stringify(name)} at <${source}>: ${message}`,
    )
  }
}
