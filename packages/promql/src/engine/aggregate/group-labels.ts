import { keyOf, type Labels } from "../../labels.ts"
import type { Aggregation } from "../../parser/ast.ts"

/** Gone from every group but one that is `by` them. */
const ofTheMetric = ["__name__", "__type__", "__unit__"]

/** Which group a series belongs to: a key, equal for equal groups and cheap to make, and the group's labels. */
export interface Grouping {
  readonly key: (labels: Labels) => string
  readonly labels: (labels: Labels) => Labels
}

export function groupingOf({ without, labels: names }: Pick<Aggregation, "without" | "labels">): Grouping {
  if (!without)
    return {
      key: (labels) => keyOf(names.map((name) => labels.get(name))),
      labels: (labels) => labels.keep(names),
    }
  const dropped = [...ofTheMetric, ...names]
  return { key: (labels) => labels.drop(dropped).key, labels: (labels) => labels.drop(dropped) }
}
