import type { Cluster } from "./cluster.ts"
import type { Endpoint } from "./endpoint.ts"

/**
 * Outlier detection by consecutive failures: an endpoint that fails so often in a row gets no request for a time that
 * grows with each ejection. `failed`: a 5xx answer, or no answer.
 */
export function observeOutcome(cluster: Cluster, endpoint: Endpoint, failed: boolean, now: number): void {
  const policy = cluster.config.outlier
  if (!policy) return
  if (!failed) {
    endpoint.failuresInRow = 0
    return
  }
  if (++endpoint.failuresInRow < policy.consecutive5xx || endpoint.ejectedUntil > now) return
  const ejected = cluster.endpoints.filter(({ ejectedUntil }) => ejectedUntil > now).length
  // One may always be ejected, as in Envoy; beyond that, not more than the share allowed.
  if (ejected > 0 && (ejected + 1) * 100 > policy.maxEjectionPercent * cluster.endpoints.length) return
  endpoint.failuresInRow = 0
  endpoint.ejections++
  endpoint.ejectedUntil = now + policy.baseEjectionMs * endpoint.ejections
}
