import { recordAt, withValue } from "../json.ts"
import type { CustomResourceDefinition } from "../types.gen.ts"
import { type KindRules, PLAIN, specChanged, withOldMetadata } from "./rules.ts"

export const CUSTOM_RESOURCE_DEFINITION: KindRules = {
  ...PLAIN,
  hasStatus: true,
  desiredStateChanged: specChanged,
  prepareStatus: withOldMetadata,
  deletionFinalizers: ["customresourcecleanup.apiextensions.k8s.io"],
  initialStatus: (object) => ({
    acceptedNames: { kind: "", plural: "" },
    conditions: null,
    storedVersions: storedVersions(object as CustomResourceDefinition),
  }),
  // Whatever was ever stored stays listed until somebody has seen to it that none of it is left.
  prepareUpdate: (object, old) => {
    const known = (recordAt(old, "status")["storedVersions"] ?? []) as readonly string[]
    const added = storedVersions(object as CustomResourceDefinition).filter((version) => !known.includes(version))
    return added.length === 0 ? object : withValue(object, ["status", "storedVersions"], [...known, ...added])
  },
}

/** The version that is stored; where a definition wrongly names several, the first. */
function storedVersions({ spec }: CustomResourceDefinition): string[] {
  const stored = spec.versions.find((version) => version.storage)
  return stored === undefined ? [] : [stored.name]
}
