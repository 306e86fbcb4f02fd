import type { Step } from "../step.ts"
import { badRelease, promote, shift } from "./canary.ts"
import { firstSync, installAndConnect } from "./connect.ts"
import { audit, drift, humanRollback } from "./human.ts"
import { detectAndRelease, fixAndTag, rollingUpdate } from "./release.ts"
import { load, look, warmUp } from "./traffic.ts"

/** The fourteen steps, in order. */
export const steps: readonly Step[] = [
  installAndConnect,
  firstSync,
  load,
  warmUp,
  look,
  fixAndTag,
  detectAndRelease,
  rollingUpdate,
  shift,
  promote,
  badRelease,
  humanRollback,
  drift,
  audit,
]
