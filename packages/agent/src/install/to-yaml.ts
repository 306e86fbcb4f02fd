import { Document, isMap, isSeq, stringify, type Node } from "yaml"
import { reasonFor } from "./because.ts"
import type { Manifest } from "./manifest.ts"

/** Manifests as one file, with the reasons of objects and rules as comments. */
export function toYaml(manifests: readonly Manifest[]): string {
  return manifests.map((manifest) => `---\n${documentOf(manifest)}`).join("")
}

function documentOf(manifest: Manifest): string {
  const document = new Document(manifest, { aliasDuplicateObjects: false })
  comment(document.contents, reasonFor(manifest))
  const rules = isMap(document.contents) ? document.contents.get("rules") : undefined
  const stated = manifest["rules"]
  if (isSeq(rules) && Array.isArray(stated))
    for (const [index, rule] of stated.entries()) comment(rules.items[index] as Node, reasonFor(rule as object))
  return stringify(document, { lineWidth: 0 })
}

function comment(node: Node | null | undefined, why: string | undefined): void {
  if (node && why !== undefined) node.commentBefore = ` ${why}`
}
