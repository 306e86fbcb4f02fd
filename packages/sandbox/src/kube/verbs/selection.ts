import type { KubeObject } from "../client.ts"
import { rulesFor } from "../kinds/index.ts"
import { fieldSelector, fieldTerms, parseLabelSelector } from "../selectors/index.ts"
import type { Target } from "./machinery.ts"

export interface Selectors {
  readonly labelSelector?: string
  readonly fieldSelector?: string
}

export type Selection = (object: KubeObject) => boolean

/** The objects that a list or watch is about. Throws a 400 for selectors that do not parse or are not supported. */
export function selectionOf(target: Target, selectors: Selectors): Selection {
  const byLabels = parseLabelSelector(selectors.labelSelector)
  const byFields = fieldSelector(fieldTerms(selectors.fieldSelector), rulesFor(target.resource).selectable)
  const { namespace } = target
  return (object) =>
    (namespace === undefined || object.metadata.namespace === namespace) &&
    (target.name === "" || object.metadata.name === target.name) &&
    byFields(object) &&
    byLabels(object.metadata.labels ?? {})
}
