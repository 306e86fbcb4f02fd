import type { TrafficPolicy } from "../control/istio.ts"
import type { Findings } from "./rules.ts"

/** What istiod's webhook refuses in a traffic policy. Durations are the schema's to check. */
export function checkTrafficPolicy(policy: TrafficPolicy | undefined): Findings {
  if (policy === undefined) return []
  const { connectionPool, outlierDetection, tls } = policy
  if (Object.keys(policy).length === 0) return ["traffic policy must have at least one field"]
  return [...checkOutlierDetection(outlierDetection), ...checkConnectionPool(connectionPool), ...checkClientTls(tls)]
}

function checkOutlierDetection(stated: TrafficPolicy["outlierDetection"]): Findings {
  return [stated?.maxEjectionPercent, stated?.minHealthPercent].flatMap((percent) =>
    typeof percent === "number" && (percent < 0 || percent > 100)
      ? [`percentage ${percent} is not in range 0..100`]
      : [],
  )
}

const poolNumbers = {
  maxConnections: "max connections",
  http1MaxPendingRequests: "http1 max pending requests",
  http2MaxRequests: "max requests",
  maxRequestsPerConnection: "max requests per connection",
  maxRetries: "max retries",
} as const

function checkConnectionPool(pool: TrafficPolicy["connectionPool"]): Findings {
  if (pool === undefined) return []
  if (pool.http === undefined && pool.tcp === undefined) return ["connection pool must have at least one field"]
  const numbers: Readonly<Record<string, unknown>> = { ...pool.tcp, ...pool.http }
  return Object.entries(poolNumbers).flatMap(([field, name]) => {
    const value = numbers[field]
    return typeof value === "number" && value < 0 ? [`${name} must be non-negative`] : []
  })
}

function checkClientTls(tls: TrafficPolicy["tls"]): Findings {
  if (tls?.mode !== "MUTUAL" || tls.credentialName) return []
  return [
    ...(tls.clientCertificate ? [] : ["client certificate required for mutual tls"]),
    ...(tls.privateKey ? [] : ["private key required for mutual tls"]),
  ]
}
