import { canonicalJson } from "../../packages/core/src/index.ts"
import { reasonFor, type Manifest } from "../../packages/agent/src/install/index.ts"

/** The same manifests as they are without one of the values. */
export interface Variant {
  /** The value's path below `.Values`. */
  readonly value: string
  readonly without: readonly Manifest[]
}

interface Counterpart {
  readonly value: string
  readonly node: unknown
}

/**
 * A Helm template of manifests that were made with the values' names (`@@path@@`) in the place of values. What is missing in a variant is
 * there only if that value is given, so that the template has the conditions of the code that makes the manifests.
 */
export function helmTemplate(manifests: readonly Manifest[], variants: readonly Variant[]): string {
  const roots = variants.map(({ value, without }) => ({ value, node: without }))
  return manifests
    .flatMap((manifest) => {
      const { missing, present } = partition(roots, manifest)
      const lines = [...reasonLines(manifest, ""), ...mapLines(manifest, "", present)]
      const ranged = JSON.stringify(manifest).includes("@@.@@")
      return guarded(missing, [
        "---",
        ...(ranged ? ["{{- range $.Values.repository.namespaces }}", "---", ...lines, "{{- end }}"] : lines),
      ])
    })
    .join("\n")
    .concat("\n")
}

const guarded = (values: readonly string[], lines: readonly string[]): string[] => [
  ...values.map((value) => `{{- if $.Values.${value} }}`),
  ...lines,
  ...values.map(() => "{{- end }}"),
]

function partition(counterparts: readonly Counterpart[], child: unknown, key?: string | number) {
  const found = counterparts.map(({ value, node }) => ({ value, node: counterpartOf(node, child, key) }))
  return {
    missing: found.filter(({ node }) => node === undefined).map(({ value }) => value),
    present: found.filter(({ node }) => node !== undefined),
  }
}

/** Of a list's item: the equal one, else that of the same name, else, of maps without names (rules), that in the same place. */
function counterpartOf(node: unknown, child: unknown, key: string | number | undefined): unknown {
  if (Array.isArray(node)) {
    const items = node as readonly unknown[]
    const equal = items.find((item) => canonicalJson(item) === canonicalJson(child))
    if (equal !== undefined || !isMap(child)) return equal
    if (identity(child) !== undefined) return items.find((item) => identity(item) === identity(child))
    return typeof key === "number" ? items[key] : undefined
  }
  return isMap(node) && typeof key === "string" ? node[key] : undefined
}

type Node = Readonly<Record<string, unknown>>
const isMap = (node: unknown): node is Node => typeof node === "object" && node !== null && !Array.isArray(node)

/** Of list items with names, and of objects by kind, namespace and name. */
function identity(node: unknown): string | undefined {
  if (!isMap(node)) return undefined
  const metadata = node["metadata"]
  if (isMap(metadata)) return [node["kind"], metadata["namespace"], metadata["name"]].map(String).join("/")
  return typeof node["name"] === "string" ? node["name"] : undefined
}

const reasonLines = (node: object, indent: string): string[] => {
  const why = reasonFor(node)
  return why === undefined ? [] : [`${indent}# ${why}`]
}

function mapLines(node: Node, indent: string, counterparts: readonly Counterpart[]): string[] {
  return Object.entries(node).flatMap(([key, child]) => {
    const { missing, present } = partition(counterparts, child, key)
    return guarded(missing, entryLines(`${indent}${key}:`, child, `${indent}  `, present))
  })
}

function entryLines(head: string, child: unknown, indent: string, counterparts: readonly Counterpart[]): string[] {
  if (isMap(child))
    return Object.keys(child).length === 0 ? [`${head} {}`] : [head, ...mapLines(child, indent, counterparts)]
  if (Array.isArray(child))
    return [
      head,
      ...(child as readonly unknown[]).flatMap((item, index) => itemLines(item, index, indent, counterparts)),
    ]
  return [`${head} ${scalar(child)}`]
}

function itemLines(item: unknown, index: number, indent: string, counterparts: readonly Counterpart[]): string[] {
  const { missing, present } = partition(counterparts, item, index)
  if (!isMap(item)) return guarded(missing, [`${indent}- ${scalar(item)}`])
  const lines = mapLines(item, `${indent}  `, present)
  const [first = ""] = lines
  if (first.startsWith("{{")) throw new Error(`a list item may not begin with a condition: ${JSON.stringify(item)}`)
  return guarded(missing, [...reasonLines(item, indent), `${indent}- ${first.trimStart()}`, ...lines.slice(1)])
}

/** Numbers that stand for values: no text can be in their place. */
export const numbers = { replicas: 770_001, "repository.pushesPerMinute": 770_002 } as const

function scalar(value: unknown): string {
  if (typeof value === "number") {
    const name = Object.entries(numbers).find(([, marker]) => marker === value)?.[0]
    return name === undefined ? String(value) : `{{ $.Values.${name} | int }}`
  }
  if (typeof value !== "string") return String(value)
  if (value.includes("{{")) throw new Error(`Helm would take this for a template: ${value}`)
  // A setting that is JSON: Helm writes it anew, with keys in the order in which the code has them.
  if (value.includes("@@registryMirrors@@")) return "{{ $.Values.registryMirrors | toRawJson | quote }}"
  if (value === "@@outboundAllow@@") return '{{ $.Values.outboundAllow | join " " | quote }}'
  const whole = /^@@([\w.]+)@@$/.exec(value)?.[1]
  if (whole !== undefined) return `{{ ${place(whole)} | quote }}`
  if (value.includes("@@"))
    return JSON.stringify(value).replace(/@@([\w.]+)@@/g, (_all, path: string) => `{{ ${place(path)} }}`)
  return /^[A-Za-z][\w./-]*$/.test(value) && !/^(true|false|null|yes|no|on|off|y|n)$/i.test(value)
    ? value
    : JSON.stringify(value)
}

/** `.` is the item of a range. */
const place = (path: string): string => (path === "." ? "." : `$.Values.${path}`)
