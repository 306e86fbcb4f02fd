import { isAlias, isMap, isScalar, isSeq, LineCounter, visit, type Document, type Node } from "yaml"
import { envelopeProblem } from "./envelope.ts"
import { nameOf, type Manifest, type ManifestProblem, type SourceManifest } from "./manifest.ts"
import { parseYaml } from "./yaml.ts"

export interface ParsedFile {
  readonly manifests: readonly SourceManifest[]
  readonly problems: readonly ManifestProblem[]
}

/** Whether a file is one that holds manifests, by its name. */
export function isManifestPath(path: string): boolean {
  const name = path.slice(path.lastIndexOf("/") + 1)
  return /\.(ya?ml|json)$/i.test(name) && !name.startsWith(".")
}

/**
 * The objects of one file: YAML documents or JSON, `List` objects taken apart. Documents without content are passed over.
 * A pure function of its arguments, so that results can be kept by the file's hash.
 */
export function parseManifests(path: string, text: string): ParsedFile {
  if (isKustomization(path)) return { manifests: [], problems: [kustomizationProblem(path)] }
  const lines = new LineCounter()
  const manifests: SourceManifest[] = []
  const problems: ManifestProblem[] = []
  parseYaml(text, lines).forEach((document, index) => {
    const syntax = document.errors[0]
    if (syntax) {
      const { line, col } = lines.linePos(syntax.pos[0])
      problems.push({ path, line: Math.max(line, 1), column: Math.max(col, 1), message: firstLine(syntax.message) })
      return
    }
    if (isEmpty(document)) return
    for (const node of objectNodes(document)) {
      const read = readObject(document, node)
      const line = Math.max(lines.linePos(node.range?.[0] ?? 0).line, 1)
      if ("message" in read) {
        problems.push({ path, line: read.offset === undefined ? line : lines.linePos(read.offset).line, ...read.where })
        continue
      }
      const [start, end] = node.range ?? [0, text.length]
      manifests.push({ object: read.object, path, line, range: { start, end }, document: index })
    }
  })
  return { manifests, problems }
}

type Read =
  | { readonly object: Manifest }
  | {
      readonly message: true
      readonly offset: number | undefined
      readonly where: { readonly object?: string; readonly message: string }
    }

function readObject(document: Document.Parsed, node: Node): Read {
  const odd = unkeepable(node)
  if (odd) return { message: true, offset: odd.offset, where: { message: odd.message } }
  let value: unknown
  try {
    value = node.toJS(document, { maxAliasCount: 100 })
  } catch (error) {
    // An alias without anchor, or aliases that multiply without end.
    const message = error instanceof Error ? firstLine(error.message) : String(error)
    return { message: true, offset: undefined, where: { message } }
  }
  const problem = envelopeProblem(value)
  if (!problem) return { object: value as Manifest }
  return { message: true, offset: undefined, where: { ...partialName(value), message: problem } }
}

/** Values that JSON, and so the API, could not hold as they are written. */
function unkeepable(root: Node): { readonly message: string; readonly offset: number | undefined } | undefined {
  let found: { readonly message: string; readonly offset: number | undefined } | undefined
  visit(root, {
    Pair(_key, pair) {
      if (isScalar(pair.key) && pair.key.value !== null) return undefined
      if (isAlias(pair.key)) return undefined
      const offset = (pair.key as Node | null)?.range?.[0] ?? (pair.value as Node | null)?.range?.[0]
      found = { message: "a key is null or not a scalar", offset }
      return visit.BREAK
    },
    Scalar(_key, scalar) {
      const { value } = scalar
      if (typeof value !== "number") return undefined
      const written = scalar.source ?? String(value)
      if (!Number.isFinite(value))
        found = { message: `${written} is not a number that JSON knows`, offset: scalar.range?.[0] }
      else if (Number.isInteger(value) && !Number.isSafeInteger(value) && /^[-+\d_]+$/.test(written))
        found = { message: `${written} is too large to be kept exactly: quote it`, offset: scalar.range?.[0] }
      return found ? visit.BREAK : undefined
    },
  })
  return found
}

/** The nodes that are objects: the document's content, or the items of a `List` (of `DeploymentList` and the like too). */
function objectNodes(document: Document.Parsed): Node[] {
  const root = document.contents
  if (!root) return []
  if (!isMap(root)) return [root]
  const kind: unknown = root.get("kind")
  const items = root.get("items", true)
  if (typeof kind !== "string" || !kind.endsWith("List") || !isSeq(items)) return [root]
  return items.items.flatMap((item) => {
    const node = isAlias(item) ? item.resolve(document) : (item as Node)
    return node ? [node] : []
  })
}

function isEmpty(document: Document.Parsed): boolean {
  const root = document.contents
  return root === null || (isScalar(root) && root.value === null)
}

function partialName(value: unknown): { readonly object?: string } {
  if (typeof value !== "object" || value === null) return {}
  const { kind, metadata } = value as { kind?: unknown; metadata?: { name?: unknown; namespace?: unknown } | null }
  if (typeof kind !== "string") return {}
  const name = typeof metadata?.name === "string" ? metadata.name : "(no name)"
  const namespace = typeof metadata?.namespace === "string" ? { namespace: metadata.namespace } : {}
  return { object: nameOf({ kind, metadata: { name, ...namespace } }) }
}

function isKustomization(path: string): boolean {
  return /(^|\/)(kustomization\.ya?ml|Kustomization)$/.test(path)
}

function kustomizationProblem(path: string): ManifestProblem {
  return {
    path,
    line: 1,
    message:
      "folders with a kustomization are not built yet: commit the output of `kustomize build` instead, or point " +
      "spec.path of the Repository at a folder of plain manifests",
  }
}

function firstLine(message: string): string {
  return (message.split("\n", 1)[0] ?? message).replace(/ at line \d+, column \d+:?$/, "")
}
