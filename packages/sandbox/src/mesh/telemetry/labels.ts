import type { Workload } from "../snapshot.ts"

/** Which service a request was for, as far as the proxy knows. */
export interface ServiceIdentity {
  /** `podinfo.test.svc.cluster.local`, or the Host header where there is no such service. */
  readonly host: string
  /** `podinfo`, `PassthroughCluster`, `unknown` */
  readonly name: string
  readonly namespace: string
}

export const unknownService: ServiceIdentity = { host: "unknown", name: "unknown", namespace: "unknown" }

/** The two sides that each report a request once: the client's proxy and the server's. */
type Reporter = "source" | "destination"

export interface Peers {
  readonly reporter: Reporter
  /** Undefined: not in the mesh, or nobody was reached. */
  readonly source: Workload | undefined
  readonly destination: Workload | undefined
  readonly service: ServiceIdentity
}

/**
 * The labels of Istio's standard metrics that name the two sides, in the order in which its proxies write them.
 * Principals are unknown and the policy is `none`, since the embedded mesh has no mutual TLS; the client's side never
 * knows the policy. (istio.io: Reference / Configuration / Telemetry / Istio Standard Metrics.)
 */
export function peerLabels({ reporter, source, destination, service }: Peers): string {
  return [
    label("reporter", reporter),
    sideLabels("source", source),
    sideLabels("destination", destination),
    label("destination_service", service.host),
    label("destination_service_name", service.name),
    label("destination_service_namespace", service.namespace),
    label("connection_security_policy", reporter === "source" ? "unknown" : "none"),
  ].join(",")
}

function sideLabels(side: "source" | "destination", workload: Workload | undefined): string {
  return [
    label(`${side}_workload`, workload?.name),
    label(`${side}_canonical_service`, workload?.canonicalService),
    label(`${side}_canonical_revision`, workload?.canonicalRevision ?? "latest"),
    label(`${side}_workload_namespace`, workload?.namespace),
    label(`${side}_principal`, undefined),
    label(`${side}_app`, workload?.app),
    label(`${side}_version`, workload?.version),
    label(`${side}_cluster`, workload && "Kubernetes"),
  ].join(",")
}

/** One `name="value"` of the text exposition format. */
export function label(name: string, value: string | undefined): string {
  const text = value === undefined || value === "" ? "unknown" : value
  return `${name}="${text.replaceAll("\\", "\\\\").replaceAll('"', '\\"').replaceAll("\n", "\\n")}"`
}
