import type { KubeObject, ResourceRef } from "../../kube/client.ts"

/**
 * The parts of Istio's networking/v1 resources that the embedded mesh reads, as they stand in the API (validated by the
 * CRDs' schemas, where everything not listed as required may be absent).
 */
const networking = (resource: string): ResourceRef => ({ group: "networking.istio.io", version: "v1", resource })
export const virtualServices = networking("virtualservices")
export const destinationRules = networking("destinationrules")
export const gateways = networking("gateways")

/** A protobuf duration in JSON: `1.5s`, `250ms`. */
type Duration = string

export interface IstioStringMatch {
  readonly exact?: string
  readonly prefix?: string
  readonly regex?: string
}

export interface Destination {
  readonly host: string
  readonly subset?: string
  readonly port?: { readonly number?: number }
}

export interface HeaderOperation {
  readonly set?: Readonly<Record<string, string>>
  readonly add?: Readonly<Record<string, string>>
  readonly remove?: readonly string[]
}

export interface IstioHeaders {
  readonly request?: HeaderOperation
  readonly response?: HeaderOperation
}

export interface RouteDestination {
  readonly destination?: Destination
  readonly weight?: number
  readonly headers?: IstioHeaders
}

export interface HttpMatch {
  readonly name?: string
  readonly uri?: IstioStringMatch
  readonly scheme?: IstioStringMatch
  readonly method?: IstioStringMatch
  readonly authority?: IstioStringMatch
  readonly headers?: Readonly<Record<string, IstioStringMatch>>
  readonly withoutHeaders?: Readonly<Record<string, IstioStringMatch>>
  readonly queryParams?: Readonly<Record<string, IstioStringMatch>>
  readonly ignoreUriCase?: boolean
  readonly port?: number
  readonly sourceLabels?: Readonly<Record<string, string>>
  readonly sourceNamespace?: string
  readonly gateways?: readonly string[]
}

interface Percent {
  readonly value?: number
}

export interface HttpRetry {
  readonly attempts?: number
  readonly perTryTimeout?: Duration
  readonly retryOn?: string
  readonly retryRemoteLocalities?: boolean
  readonly retryIgnorePreviousHosts?: boolean
  readonly backoff?: Duration
}

export interface HttpFault {
  readonly delay?: { readonly percentage?: Percent; readonly percent?: number; readonly fixedDelay?: Duration }
  readonly abort?: { readonly percentage?: Percent; readonly httpStatus?: number; readonly grpcStatus?: string }
}

export interface HttpRedirect {
  readonly uri?: string
  readonly prefixRewrite?: string
  readonly authority?: string
  readonly port?: number
  readonly derivePort?: "FROM_PROTOCOL_DEFAULT" | "FROM_REQUEST_PORT"
  readonly scheme?: string
  readonly redirectCode?: number
}

export interface HttpCors {
  readonly allowOrigins?: readonly IstioStringMatch[]
  readonly allowMethods?: readonly string[]
  readonly allowHeaders?: readonly string[]
  readonly exposeHeaders?: readonly string[]
  readonly maxAge?: Duration
  readonly allowCredentials?: boolean
  readonly unmatchedPreflights?: "UNSPECIFIED" | "FORWARD" | "IGNORE"
}

export interface HttpRewrite {
  readonly uri?: string
  readonly authority?: string
  readonly uriRegexRewrite?: { readonly match?: string; readonly rewrite?: string }
}

export interface HttpRoute {
  readonly name?: string
  readonly match?: readonly HttpMatch[]
  readonly route?: readonly RouteDestination[]
  readonly redirect?: HttpRedirect
  readonly directResponse?: {
    readonly status?: number
    readonly body?: { readonly string?: string; readonly bytes?: string }
  }
  readonly delegate?: { readonly name?: string; readonly namespace?: string }
  readonly rewrite?: HttpRewrite
  readonly timeout?: Duration
  readonly retries?: HttpRetry
  readonly fault?: HttpFault
  readonly mirror?: Destination
  readonly mirrorPercentage?: Percent
  readonly mirrorPercent?: number
  readonly mirrors?: readonly { readonly destination?: Destination; readonly percentage?: Percent }[]
  readonly corsPolicy?: HttpCors
  readonly headers?: IstioHeaders
}

interface TcpRouteRule {
  readonly match?: readonly {
    readonly port?: number
    readonly sourceLabels?: Readonly<Record<string, string>>
    readonly gateways?: readonly string[]
    readonly destinationSubnets?: readonly string[]
  }[]
  readonly route?: readonly { readonly destination?: Destination; readonly weight?: number }[]
}

export interface VirtualService extends KubeObject {
  readonly spec?: {
    readonly hosts?: readonly string[]
    readonly gateways?: readonly string[]
    readonly http?: readonly HttpRoute[]
    readonly tcp?: readonly TcpRouteRule[]
    readonly tls?: readonly unknown[]
    readonly exportTo?: readonly string[]
  }
}

export interface TrafficPolicy {
  readonly loadBalancer?: {
    readonly simple?: string
    readonly consistentHash?: unknown
    readonly localityLbSetting?: unknown
  }
  readonly connectionPool?: {
    readonly tcp?: { readonly connectTimeout?: Duration }
    readonly http?: Readonly<Record<string, unknown>>
  }
  readonly outlierDetection?: {
    readonly consecutive5xxErrors?: number
    readonly consecutiveGatewayErrors?: number
    readonly baseEjectionTime?: Duration
    readonly maxEjectionPercent?: number
    readonly minHealthPercent?: number
  }
  readonly tls?: {
    readonly mode?: string
    readonly credentialName?: string
    readonly clientCertificate?: string
    readonly privateKey?: string
  }
  readonly portLevelSettings?: unknown
}

export interface DestinationRule extends KubeObject {
  readonly spec?: {
    readonly host?: string
    readonly trafficPolicy?: TrafficPolicy
    readonly subsets?: readonly {
      readonly name?: string
      readonly labels?: Readonly<Record<string, string>>
      readonly trafficPolicy?: TrafficPolicy
    }[]
    readonly exportTo?: readonly string[]
  }
}

export interface GatewayServer {
  readonly port?: { readonly number?: number; readonly name?: string; readonly protocol?: string }
  readonly hosts?: readonly string[]
  readonly tls?: {
    readonly httpsRedirect?: boolean
    readonly mode?: string
    readonly credentialName?: string
    readonly serverCertificate?: string
    readonly privateKey?: string
  }
  readonly bind?: string
}

export interface Gateway extends KubeObject {
  readonly spec?: {
    readonly selector?: Readonly<Record<string, string>>
    readonly servers?: readonly GatewayServer[]
  }
}
