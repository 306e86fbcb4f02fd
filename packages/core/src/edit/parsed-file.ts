import { isMap, isSeq } from "yaml"
import { parseYaml } from "../manifest/index.ts"
import type { Path } from "./path.ts"

/** An object of a file, as its text means it. */
export interface FileObject {
  readonly document: number
  /** Steps from the document's root: empty, or into a List's items. */
  readonly at: Path
  readonly value: unknown
}

/** Parsing costs a hundred times what the rest of a decision does, and the same text is asked for at every look. */
const KEPT = 200
const kept = new Map<string, readonly FileObject[]>()

/** The objects of a manifest file; documents that do not parse are passed over. Its values are shared: never change them. */
export function objectsOf(text: string): readonly FileObject[] {
  const known = kept.get(text)
  if (known !== undefined) {
    // Moved to the end: what is asked for again stays.
    kept.delete(text)
    kept.set(text, known)
    return known
  }
  const objects = read(text)
  kept.set(text, objects)
  const oldest = kept.size > KEPT ? kept.keys().next().value : undefined
  if (oldest !== undefined) kept.delete(oldest)
  return objects
}

function read(text: string): FileObject[] {
  return parseYaml(text).flatMap((parsed, document): FileObject[] => {
    const root = parsed.contents
    if (parsed.errors.length > 0 || !isMap(root)) return []
    const value: unknown = parsed.toJS({ maxAliasCount: 100 })
    const isList = String(root.get("kind")).endsWith("List") && isSeq(root.get("items", true))
    if (!isList) return [{ document, at: [], value }]
    return (value as { items: unknown[] }).items.map((item, index) => ({ document, at: ["items", index], value: item }))
  })
}
