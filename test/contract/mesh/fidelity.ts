import type { AllowedDifference } from "../harness/allowed.ts"
import type { Uncompared } from "../harness/contract.ts"

export const allowed: readonly AllowedDifference[] = []

export const uncompared: readonly Uncompared[] = []
