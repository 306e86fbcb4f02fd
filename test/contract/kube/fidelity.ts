import type { AllowedDifference } from "../harness/allowed.ts"
import type { Uncompared } from "../harness/contract.ts"

export const allowed: readonly AllowedDifference[] = []

export const uncompared: readonly Uncompared[] = [
  {
    what: "`storageVersionHash` in discovery",
    reason: "a hash of Go's own types that only the real server's storage uses",
  },
  {
    what: "order of the causes of an `Invalid` failure, and of entries of `managedFields` written within two seconds",
    reason: "it differs from run to run on the real server",
  },
  {
    what: "definitions of custom resources with rules in CEL, conversion by webhook or `selectableFields`",
    reason: "the embedded server takes them in and does not carry them out",
  },
  { what: "nodes and what runs on them", reason: "the contract runs without nodes; the story is played on real ones" },
]
