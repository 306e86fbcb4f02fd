/**
 * What the control part tells the data plane: plain JSON, complete, replaced as a whole. Modelled on what istiod sends
 * to Envoy (clusters, endpoints, routes), so that the data plane needs to know nothing of Kubernetes' objects.
 */
export interface MeshSnapshot {
  readonly pods: readonly MeshPod[]
  readonly services: readonly MeshService[]
  readonly clusters: readonly MeshCluster[]
  /** Routes of the `mesh` gateway: what VirtualServices say about requests from pods with a sidecar. */
  readonly sidecarHosts: readonly VirtualHost[]
  /** The same for connections that are not HTTP. */
  readonly sidecarTcp: readonly TcpRoute[]
  /** What the ingress gateway's port 80 serves; absent when no Gateway opens it. */
  readonly ingress?: IngressListener
}

/** Istio's names of a workload, as they stand in telemetry. */
export interface Workload {
  readonly name: string
  readonly namespace: string
  /** Label `app`. */
  readonly app: string
  /** Label `version`. */
  readonly version: string
  readonly canonicalService: string
  readonly canonicalRevision: string
}

export interface MeshPod {
  readonly uid: string
  readonly name: string
  readonly namespace: string
  readonly ip: string
  readonly labels: Readonly<Record<string, string>>
  /** Has a sidecar. */
  readonly injected: boolean
  readonly workload: Workload
}

/** `auto`: decided by the first bytes of a connection. */
export type PortProtocol = "http" | "tcp" | "auto"

export interface MeshService {
  /** `podinfo.test.svc.cluster.local` */
  readonly host: string
  readonly name: string
  readonly namespace: string
  /** Empty for headless services. */
  readonly clusterIPs: readonly string[]
  /** `spec.externalName`: an alias. */
  readonly alias?: string
  readonly ports: readonly { readonly number: number; readonly protocol: PortProtocol }[]
  /** For the DNS of headless services: pod IPs, and pods that have a host name of their own. */
  readonly headless?: { readonly addresses: readonly string[]; readonly named: Readonly<Record<string, string>> }
}

export type Balancing = "LEAST_REQUEST" | "ROUND_ROBIN" | "RANDOM"

export interface MeshCluster {
  /** `outbound|9898|ga|podinfo.test.svc.cluster.local`, as Envoy has it. */
  readonly name: string
  /** `MeshService.host`. */
  readonly service: string
  readonly endpoints: readonly { readonly ip: string; readonly port: number; readonly pod?: string }[]
  readonly balancing: Balancing
  readonly connectTimeoutMs: number
  readonly outlier?: OutlierDetection
}

export interface OutlierDetection {
  /** Eject after so many 5xx answers (or failed connections) in a row. */
  readonly consecutive5xx: number
  readonly baseEjectionMs: number
  /** 0 to 100; one endpoint may always be ejected. */
  readonly maxEjectionPercent: number
}

export interface IngressListener {
  /** Hosts for which plain HTTP only redirects to HTTPS (`tls.httpsRedirect`). */
  readonly httpsRedirect: readonly string[]
  readonly hosts: readonly VirtualHost[]
}

export interface VirtualHost {
  /** FQDN, IP, `*.suffix` or `*`. */
  readonly host: string
  /** The listener's port: a Service port for sidecars, 80 for the ingress gateway. */
  readonly port: number
  /** Namespaces whose proxies see it (`exportTo`); absent: all. */
  readonly visibleTo?: readonly string[]
  /** The first route that matches is taken. */
  readonly routes: readonly Route[]
}

export type StringMatch =
  { readonly exact: string } | { readonly prefix: string } | { readonly regex: string } | { readonly present: true }

export interface RouteMatch {
  readonly uri?: StringMatch
  readonly ignoreUriCase?: boolean
  readonly method?: StringMatch
  readonly authority?: StringMatch
  readonly scheme?: StringMatch
  readonly headers?: Readonly<Record<string, StringMatch>>
  readonly withoutHeaders?: Readonly<Record<string, StringMatch>>
  readonly queryParams?: Readonly<Record<string, StringMatch>>
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly sourceNamespace?: string
}

export interface Route {
  readonly name?: string
  /** Any of them; empty: every request. */
  readonly matches: readonly RouteMatch[]
  readonly action: RouteAction
  readonly headers?: HeaderOperations
  readonly fault?: Fault
  readonly cors?: CorsPolicy
}

/** What pages of other origins may do. Lists are as they stand in answers; "": nothing is said. */
export interface CorsPolicy {
  readonly origins: readonly StringMatch[]
  readonly methods: string
  readonly headers: string
  readonly expose: string
  /** Seconds. */
  readonly maxAge?: string
  readonly credentials: boolean
  /** Preflights from other origins go to the application; otherwise the proxy answers them, without allowing anything. */
  readonly forwardUnmatched: boolean
}

export type RouteAction =
  | ({ readonly kind: "forward" } & Forward)
  | ({ readonly kind: "redirect" } & Redirect)
  | { readonly kind: "direct"; readonly status: number; readonly body: string }

export interface Forward {
  /** At least one; those of weight 0 are left out, and a lone one is taken whatever its weight. */
  readonly destinations: readonly WeightedCluster[]
  readonly rewrite?: {
    /** Replaces the matched prefix, or the whole path for exact and regex matches. */
    readonly uri?: string
    readonly uriRegex?: { readonly match: string; readonly rewrite: string }
    readonly authority?: string
  }
  readonly timeoutMs?: number
  readonly retries?: RetryPolicy
  readonly mirrors: readonly { readonly cluster: string; readonly percent: number }[]
}

export interface WeightedCluster {
  /** `MeshCluster.name`; one that does not exist is answered with 503 (NC). */
  readonly cluster: string
  readonly weight: number
  readonly headers?: HeaderOperations
}

export interface RetryPolicy {
  /** Tries after the first. */
  readonly attempts: number
  /** Envoy's names: `connect-failure`, `5xx`, `gateway-error`, `reset`, `retriable-status-codes`, … */
  readonly on: readonly string[]
  readonly statuses: readonly number[]
  readonly perTryTimeoutMs?: number
  readonly backoffMs: number
  readonly ignorePreviousHosts: boolean
}

export interface Redirect {
  readonly status: 301 | 302 | 303 | 307 | 308
  readonly uri?: string
  readonly prefixRewrite?: string
  readonly authority?: string
  readonly port?: number
  readonly scheme?: string
}

export interface HeaderOperations {
  readonly request: HeaderChanges
  readonly response: HeaderChanges
}

export interface HeaderChanges {
  readonly set: Readonly<Record<string, string>>
  readonly add: Readonly<Record<string, string>>
  readonly remove: readonly string[]
}

export interface Fault {
  readonly delay?: { readonly percent: number; readonly ms: number }
  readonly abort?: { readonly percent: number; readonly status: number }
}

export interface TcpRoute {
  readonly host: string
  readonly port: number
  readonly visibleTo?: readonly string[]
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly destinations: readonly WeightedCluster[]
}

/** The name of a cluster: `subset` is "" for all of a service's endpoints. */
export function clusterName(host: string, port: number, subset: string): string {
  return `outbound|${port}|${subset}|${host}`
}
