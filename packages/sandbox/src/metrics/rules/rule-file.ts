import { parse as parseQuery, print } from "@serin/promql"
import { isMap, isScalar, isSeq, LineCounter, parseDocument, type Document } from "yaml"
import { z } from "zod"
import { duration, interval } from "../duration.ts"
import type { Template } from "../template/index.ts"
import { parseAlertTemplate } from "./alert-template.ts"
import type { Rule, RuleGroup } from "./rule.ts"

const text = z.union([z.string(), z.number(), z.boolean()]).transform(String)
const texts = z
  .record(z.string(), text)
  .nullish()
  .transform((value) => value ?? {})

const rule = z.strictObject({
  record: text.default(""),
  alert: text.default(""),
  expr: text.default(""),
  for: duration.default(0),
  keep_firing_for: duration.default(0),
  labels: texts,
  annotations: texts,
})

const group = z.strictObject({
  name: z.string().default(""),
  interval: interval.optional(),
  query_offset: duration.optional(),
  limit: z.number().int().default(0),
  labels: texts,
  rules: z
    .array(rule)
    .nullish()
    .transform((rules) => rules ?? []),
})

const file = z.strictObject({
  groups: z
    .array(group)
    .nullish()
    .transform((groups) => groups ?? []),
})

type RuleEntry = z.output<typeof rule>
type Path = readonly (string | number)[]

export interface RuleDefaults {
  /** Milliseconds. */
  readonly interval: number
  readonly queryOffset: number
}

/** The groups of one file of rules (Prometheus, "Recording rules"). Throws Error with all mistakes, each with its place. */
export function parseRuleFile(name: string, content: string, defaults: RuleDefaults): RuleGroup[] {
  const lines = new LineCounter()
  const document = parseDocument(content, { lineCounter: lines })
  const [broken] = document.errors
  if (broken !== undefined) throw new Error(`${name}: ${broken.message}`)
  const placed = (path: Path, message: string): string => `${name}: ${placeOf(document, lines, path)}${message}`
  const result = file.safeParse(document.toJS() ?? {})
  if (!result.success)
    throw new Error(
      result.error.issues
        .map(({ path, message }) => placed(path.map(String), `${path.join(".")}: ${message}`))
        .join("\n"),
    )
  const { groups } = result.data
  const mistakes = groups.flatMap((one, index) => groupMistakes(one, index, groups, placed))
  if (mistakes.length > 0) throw new Error(mistakes.join("\n"))
  return groups.map((one) => ({
    file: name,
    name: one.name,
    interval: one.interval ?? defaults.interval,
    queryOffset: one.query_offset ?? defaults.queryOffset,
    limit: one.limit,
    rules: one.rules.map((entry) => ruleOf(entry, one.labels)),
  }))
}

function ruleOf(entry: RuleEntry, ofGroup: Readonly<Record<string, string>>): Rule {
  const labels = { ...ofGroup, ...entry.labels }
  const common = { expr: entry.expr, query: print(parseQuery(entry.expr)), labels }
  if (entry.record !== "") return { kind: "recording", name: entry.record, ...common }
  const templates = new Map<string, Template>()
  for (const value of [...Object.values(labels), ...Object.values(entry.annotations)])
    templates.set(value, parseAlertTemplate(entry.alert, value))
  return {
    kind: "alerting",
    name: entry.alert,
    ...common,
    holdFor: entry.for,
    keepFiringFor: entry.keep_firing_for,
    annotations: entry.annotations,
    templates,
  }
}

function groupMistakes(
  { name, rules, labels }: z.output<typeof group>,
  index: number,
  groups: readonly z.output<typeof group>[],
  placed: (path: Path, message: string) => string,
): string[] {
  const path = ["groups", index]
  const mistakes: string[] = []
  if (name === "") mistakes.push(placed(path, "Groupname must not be empty"))
  if (groups.slice(0, index).some((other) => other.name === name))
    mistakes.push(placed(path, `groupname: "${name}" is repeated in the same file`))
  for (const label of Object.keys(labels))
    if (!isLabelName(label)) mistakes.push(placed(path, `invalid label name: ${label}`))
  return [
    ...mistakes,
    ...rules.flatMap((entry, number) => {
      const called = entry.alert === "" ? entry.record : entry.alert
      return ruleMistakes(entry).map(({ field, message }) =>
        placed(
          [...path, "rules", number, ...(field === undefined ? [] : [field])],
          `group ${JSON.stringify(name)}, rule ${String(number + 1)}, ${JSON.stringify(called)}: ${message}`,
        ),
      )
    }),
  ]
}

interface Mistake {
  readonly field?: string
  readonly message: string
}

function ruleMistakes(entry: RuleEntry): Mistake[] {
  const mistakes: Mistake[] = []
  const { record, alert } = entry
  if (record !== "" && alert !== "")
    mistakes.push({ field: "record", message: "only one of 'record' and 'alert' must be set" })
  if (record === "" && alert === "") mistakes.push({ message: "one of 'record' or 'alert' must be set" })
  mistakes.push(...queryMistakes(entry))
  if (record !== "") mistakes.push(...recordingMistakes(entry))
  for (const label of Object.keys(entry.labels))
    if (!isLabelName(label)) mistakes.push({ field: "labels", message: `invalid label name: ${label}` })
  if (alert === "") return mistakes
  const templates = [
    ...Object.entries(entry.labels).map(([name, value]) => ["label", name, value] as const),
    ...Object.entries(entry.annotations).map(([name, value]) => ["annotation", name, value] as const),
  ]
  for (const [kind, name, value] of templates) {
    const mistake = mistakeOf(() => parseAlertTemplate(alert, value))
    if (mistake !== undefined)
      mistakes.push({ field: `${kind}s`, message: `${kind} ${JSON.stringify(name)}: ${mistake}` })
  }
  return mistakes
}

function queryMistakes({ expr }: RuleEntry): Mistake[] {
  if (expr === "") return [{ field: "expr", message: "field 'expr' must be set in rule" }]
  const mistake = mistakeOf(() => parseQuery(expr))
  return mistake === undefined ? [] : [{ field: "expr", message: `could not parse expression: ${mistake}` }]
}

function recordingMistakes(entry: RuleEntry): Mistake[] {
  const { record } = entry
  const unwanted = [
    ["annotations", Object.keys(entry.annotations).length > 0],
    ["for", entry.for !== 0],
    ["keep_firing_for", entry.keep_firing_for !== 0],
  ] as const
  return [
    ...unwanted.flatMap(([name, given]) =>
      given ? [{ field: "record", message: `invalid field '${name}' in recording rule` }] : [],
    ),
    ...(/[{}]/.test(record)
      ? [{ field: "record", message: `braces present in the recording rule name; should it be in expr?: ${record}` }]
      : []),
  ]
}

/** Any text may be a label's name since Prometheus 3, but not the metric's own. */
const isLabelName = (name: string): boolean => name !== "" && name !== "__name__"

function mistakeOf(parse: () => unknown): string | undefined {
  try {
    parse()
    return undefined
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** `3:7: `, of what is there or of what holds it. */
function placeOf(document: Document.Parsed, lines: LineCounter, path: Path): string {
  for (let length = path.length; length > 0; length -= 1) {
    const node: unknown = document.getIn(path.slice(0, length), true)
    if ((isMap(node) || isSeq(node) || isScalar(node)) && node.range) {
      const { line, col } = lines.linePos(node.range[0])
      return `${String(line)}:${String(col)}: `
    }
  }
  return ""
}
