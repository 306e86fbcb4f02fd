import { balancing } from "./cases/balancing.ts"
import { crossOrigin, mirrors } from "./cases/copies.ts"
import { destinations } from "./cases/destinations.ts"
import { gateways } from "./cases/gateways.ts"
import { headers } from "./cases/headers.ts"
import { delegates, hosts } from "./cases/hosts.ts"
import { matches } from "./cases/matches.ts"
import { answers, redirects } from "./cases/redirects.ts"
import { faults, retries, timeouts } from "./cases/resilience.ts"
import { rewrites } from "./cases/rewrites.ts"
import { validation } from "./cases/validation.ts"
import { weights } from "./cases/weights.ts"

export const suites = [
  weights,
  matches,
  destinations,
  hosts,
  delegates,
  gateways,
  rewrites,
  redirects,
  answers,
  headers,
  retries,
  timeouts,
  faults,
  mirrors,
  crossOrigin,
  balancing,
  validation,
]
