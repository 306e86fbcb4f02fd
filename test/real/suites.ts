import { cost } from "./cost.ts"
import { githost } from "./githost.ts"
import { install } from "./install.ts"
import { kube } from "./kube.ts"
import { mesh } from "./mesh.ts"
import { prometheus } from "./prometheus.ts"
import { promql } from "./promql.ts"
import { registry } from "./registry.ts"
import { faults, story } from "./story.ts"
import type { RealSuite } from "./suite.ts"

/** In the order in which they are begun: as several run at once, those that take longest first. */
export const suites: readonly RealSuite[] = [
  kube,
  mesh,
  cost,
  githost,
  prometheus,
  install,
  promql,
  registry,
  story,
  faults,
]
