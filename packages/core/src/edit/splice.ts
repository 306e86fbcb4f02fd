import { isAlias, isMap, isScalar, isSeq, Scalar, visit, type Document, type Node, type Pair, type YAMLMap } from "yaml"
import { parseYaml, sameJson } from "../manifest/index.ts"
import { renderScalar, styleOf, type ScalarValue } from "./scalar.ts"
import { withoutPath, withPath, type Path } from "./path.ts"

export type SpliceResult =
  | { readonly ok: true; readonly text: string }
  /** A clause that completes “… cannot be edited: ”. */
  | { readonly ok: false; readonly reason: string }

const refuse = (reason: string): SpliceResult => ({ ok: false, reason })

/**
 * Sets one scalar of one document, given by its path, by replacing or inserting bytes: comments, quoting, order and line
 * ends of everything else stay as they are. Missing maps on the way are written too; missing list items are not.
 */
export function setScalar(text: string, document: number, path: Path, value: ScalarValue): SpliceResult {
  return splice(
    text,
    document,
    path,
    (root) => setAt(text, root, path, value),
    (was) => withPath(was, path, value),
  )
}

/** Removes one entry of a map; nothing happens when it is not there. The last entry takes its map with it. */
export function removeEntry(text: string, document: number, path: Path): SpliceResult {
  return splice(
    text,
    document,
    path,
    (root) => removeAt(text, root, path),
    (was) => withoutPath(was, path),
  )
}

interface Splice {
  readonly start: number
  readonly end: number
  readonly text: string
}

function splice(
  text: string,
  index: number,
  path: Path,
  locate: (root: Document.Parsed) => Splice | string,
  intend: (was: unknown) => unknown,
): SpliceResult {
  const document = parseYaml(text)[index]
  if (document === undefined || document.errors.length > 0) return refuse("the file does not parse")
  const shared = sharedOn(document, path)
  if (shared !== undefined) return refuse(shared)
  const found = locate(document)
  if (typeof found === "string") return refuse(found)
  const result = text.slice(0, found.start) + found.text + text.slice(found.end)
  // Whatever the notation, the result has to mean what was wanted, and nothing else may have changed its meaning.
  const intended = parseYaml(text).map((one, at) => (at === index ? intend(one.toJS()) : one.toJS()))
  const documents = parseYaml(result)
  const broken = documents.some((one) => one.errors.length > 0)
  if (
    broken ||
    !sameJson(
      documents.map((one) => one.toJS()),
      intended,
    )
  )
    return refuse(`the notation at ${path.join(".")} is one that Serin cannot edit safely; write it in block style`)
  return { ok: true, text: result }
}

function childOf(node: unknown, step: string | number): unknown {
  if (isMap(node)) return node.get(step, true)
  return isSeq(node) && typeof step === "number" ? node.items[step] : undefined
}

/** Whether a map takes entries from another one by `<<`. */
function merges(map: YAMLMap): boolean {
  return map.items.some((pair) => isScalar(pair.key) && pair.key.source === "<<")
}

/** Says why a path runs through text that other places of the document use too. */
function sharedOn(document: Document.Parsed, path: Path): string | undefined {
  const aliases = new Set<string>()
  visit(document, { Alias: (_, alias) => void aliases.add(alias.source) })
  let node: unknown = document.contents
  for (const step of [...path, undefined]) {
    if (isAlias(node)) return `${path.join(".")} is an alias (*${node.source}); write the value itself there`
    const anchor = isMap(node) || isSeq(node) || isScalar(node) ? node.anchor : undefined
    if (anchor !== undefined && aliases.has(anchor))
      return `${path.join(".")} is shared by the anchor &${anchor}; write the value itself there`
    if (isMap(node) && step !== undefined && !node.has(step) && merges(node))
      return `${path.join(".")} may come from a merge key (<<); write the value itself there`
    if (step === undefined) return undefined
    node = childOf(node, step)
  }
  return undefined
}

function setAt(text: string, document: Document.Parsed, path: Path, value: ScalarValue): Splice | string {
  let node: unknown = document.contents
  for (const [depth, step] of path.entries()) {
    const child = childOf(node, step)
    const rest = path.slice(depth)
    const last = rest.length === 1
    if (isScalar(child) && (last || child.value === null)) {
      if (last && child.value !== null) return replaceScalar(child, isMap(node) && node.flow === true, value)
      if (isMap(node)) return fillNull(text, node, child, rest, value)
    }
    if (child === undefined || child === null) {
      if (isMap(node) && rest.every((one) => typeof one === "string")) return insertEntry(text, node, rest, value)
      return `there is no ${path.slice(0, depth + 1).join(".")}`
    }
    node = child
  }
  return `${path.join(".")} is not a plain value`
}

function replaceScalar(scalar: Scalar, flow: boolean, value: ScalarValue): Splice | string {
  const style = styleOf(scalar, flow)
  if (style === undefined || !scalar.range) return "the value is a block scalar; write it on one line"
  return { start: scalar.range[0], end: scalar.range[1], text: renderScalar(value, style) }
}

const lineEnding = (text: string): string => (text.includes("\r\n") ? "\r\n" : "\n")

function columnOf(text: string, offset: number): number {
  return offset - (text.lastIndexOf("\n", offset - 1) + 1)
}

function startOf(pair: Pair | undefined): number | undefined {
  return isScalar(pair?.key) ? pair.key.range?.[0] : undefined
}

/** `a: 1`, or nested `a:` + deeper lines, in block style. The first line is not indented, the others are. */
function blockEntry(keys: readonly (string | number)[], value: ScalarValue, indent: number, eol: string): string {
  const style = { quote: "none", flow: false } as const
  return keys
    .map((key, depth) => {
      const lead = depth === 0 ? "" : `${eol}${" ".repeat(indent + 2 * depth)}`
      const tail = depth === keys.length - 1 ? ` ${renderScalar(value, style)}` : ""
      return `${lead}${renderScalar(String(key), style)}:${tail}`
    })
    .join("")
}

function flowEntry(keys: readonly (string | number)[], value: ScalarValue, json: boolean): string {
  const style = { quote: json ? "double" : "none", flow: true } as const
  const [first = "", ...rest] = keys
  const inner = rest.length === 0 ? renderScalar(value, style) : `{${flowEntry(rest, value, json)}}`
  return `${renderScalar(String(first), style)}: ${inner}`
}

/** An empty value, as in `annotations:` with nothing behind it. */
function fillNull(text: string, parent: YAMLMap, empty: Scalar, keys: Path, value: ScalarValue): Splice | string {
  const range = empty.range
  if (!range) return "the file does not say where this is"
  const bare = range[0] === range[1]
  const json = parent.items.some((pair) => isScalar(pair.key) && pair.key.type === Scalar.QUOTE_DOUBLE)
  const style = { quote: json ? "double" : "none", flow: parent.flow === true } as const
  if (keys.length === 1)
    return { start: range[0], end: range[1], text: `${bare ? " " : ""}${renderScalar(value, style)}` }
  const nested = `{${flowEntry(keys.slice(1), value, json)}}`
  if (!bare || parent.flow === true) return { start: range[0], end: range[1], text: `${bare ? " " : ""}${nested}` }
  const column = columnOf(text, startOf(parent.items[0]) ?? 0)
  const end = endOfLine(text, range[0])
  const eol = lineEnding(text)
  const entry = blockEntry(keys.slice(1), value, column + 2, eol)
  return { start: end, end, text: `${eol}${" ".repeat(column + 2)}${entry}` }
}

/** End of the line that an offset is on, before its line ending. */
function endOfLine(text: string, offset: number): number {
  const newline = text.indexOf("\n", offset)
  if (newline < 0) return text.length
  return text[newline - 1] === "\r" ? newline - 1 : newline
}

/** Where the text of a node ends, without the comments and empty lines that a parser counts to it. */
function contentEnd(node: unknown): number | undefined {
  if (isMap(node) && node.flow !== true) {
    const pair = node.items.at(-1)
    return contentEnd(pair?.value) ?? (isScalar(pair?.key) ? pair.key.range?.[1] : undefined)
  }
  if (isSeq(node) && node.flow !== true) return contentEnd(node.items.at(-1))
  return (node as Node | null | undefined)?.range?.[1]
}

function insertEntry(text: string, map: YAMLMap, keys: Path, value: ScalarValue): Splice | string {
  const first = startOf(map.items[0])
  const end = contentEnd(map.items.at(-1)?.value) ?? startOf(map.items.at(-1))
  if (map.flow === true) {
    const json = map.items.some((pair) => isScalar(pair.key) && pair.key.type === Scalar.QUOTE_DOUBLE)
    const entry = flowEntry(keys, value, json)
    if (end !== undefined) return { start: end, end, text: `, ${entry}` }
    const brace = map.range?.[0]
    return brace === undefined
      ? "the file does not say where this is"
      : { start: brace + 1, end: brace + 1, text: entry }
  }
  if (first === undefined || end === undefined) return "the file does not say where this is"
  const indent = columnOf(text, first)
  const eol = lineEnding(text)
  const entry = blockEntry(keys, value, indent, eol)
  // A block scalar's text includes its last line ending; everything else ends on a line, perhaps before a comment.
  if (text[end - 1] === "\n") return { start: end, end, text: `${" ".repeat(indent)}${entry}${eol}` }
  const at = endOfLine(text, end)
  return { start: at, end: at, text: `${eol}${" ".repeat(indent)}${entry}` }
}

function removeAt(text: string, document: Document.Parsed, path: Path): Splice | string {
  let node: unknown = document.contents
  for (const [depth, step] of path.entries()) {
    const child = childOf(node, step)
    const nothing = { start: 0, end: 0, text: "" }
    if (!isMap(node) && depth === path.length - 1) return "only entries of maps are removed"
    if (child === undefined || child === null) return nothing
    // The last entry of a map goes with the map: `annotations:` with nothing behind it would be left.
    const emptied = path.slice(depth + 1).length === 1 && isMap(child) && child.items.length === 1
    if (isMap(node) && (depth === path.length - 1 || (emptied && child.has(path[depth + 1]))))
      return removePair(
        text,
        node,
        node.items.findIndex((pair) => isScalar(pair.key) && pair.key.value === step),
      )
    node = child
  }
  return "there is nothing to remove"
}

function removePair(text: string, map: YAMLMap, index: number): Splice | string {
  const pair = map.items[index]
  const start = startOf(pair)
  const end = contentEnd(pair?.value) ?? (isScalar(pair?.key) ? pair.key.range?.[1] : undefined)
  const next = startOf(map.items[index + 1])
  if (start === undefined || end === undefined) return "the file does not say where this is"
  if (map.flow === true) {
    if (next !== undefined) return { start, end: next, text: "" }
    const before = index === 0 ? start : (contentEnd(map.items[index - 1]?.value) ?? start)
    return { start: before, end, text: "" }
  }
  const lineStart = start - columnOf(text, start)
  // In `- a: 1` the first entry shares its line with the dash, which has to stay.
  if (text.slice(lineStart, start).trim() !== "") {
    return next === undefined ? "it is the only entry of a list item" : { start, end: next, text: "" }
  }
  const close = text[end - 1] === "\n" ? end : text.indexOf("\n", end) + 1
  return { start: lineStart, end: close === 0 ? text.length : close, text: "" }
}
