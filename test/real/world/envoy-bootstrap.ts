export interface ProxyIdentity {
  /** `sidecar`: beside an application; `router`: a gateway. */
  readonly type: "sidecar" | "router"
  /** JSON of the pod's labels, or what becomes it. */
  readonly labels: string
}

/** Where Envoy's own pages and statistics are, in each pod. */
export const adminPort = 15000

/** User of the proxy, whose own connections are not redirected to it. */
export const proxyUser = 1337

/**
 * Arguments of Envoy for one pod. The kubelet fills in `$(POD_…)`. Configuration comes from istiod by ADS over plain gRPC, as
 * no agent is beside the proxy that would hold certificates for it.
 */
export function envoyArguments({ type, labels }: ProxyIdentity): string[] {
  const bootstrap = {
    node: {
      id: `${type}~$(POD_IP)~$(POD_NAME).$(POD_NAMESPACE)~$(POD_NAMESPACE).svc.cluster.local`,
      cluster: "$(POD_NAME).$(POD_NAMESPACE)",
      metadata: {
        CLUSTER_ID: "Kubernetes",
        NAMESPACE: "$(POD_NAMESPACE)",
        INSTANCE_IPS: "$(POD_IP)",
        INTERCEPTION_MODE: "REDIRECT",
        LABELS: "@labels@",
      },
    },
    // Histograms stand still between flushes, 5 s by default: as long as the story's checks.
    stats_flush_interval: "1s",
    // As Istio's own bootstrap: istiod marks the end of a cluster's name by ";", as names of hosts have dots in them.
    stats_config: {
      use_all_default_tags: false,
      stats_tags: [
        { tag_name: "cluster_name", regex: "^cluster(\\.(.+);)" },
        { tag_name: "response_code", regex: "_rq(_(\\d{3}))$" },
        { tag_name: "response_code_class", regex: "_rq(_(\\dxx))$" },
      ],
    },
    admin: { address: address("0.0.0.0", adminPort) },
    dynamic_resources: {
      ads_config: {
        api_type: "GRPC",
        transport_api_version: "V3",
        set_node_on_first_message_only: true,
        // As often as Istio's agent, which is not beside this proxy, would try to reach istiod.
        grpc_services: [{ envoy_grpc: { cluster_name: "xds-grpc", retry_policy: { retry_back_off: retryIstiod } } }],
      },
      lds_config: { ads: {}, resource_api_version: "V3" },
      cds_config: { ads: {}, resource_api_version: "V3" },
    },
    static_resources: {
      clusters: [
        {
          name: "xds-grpc",
          type: "STRICT_DNS",
          dns_lookup_family: "V4_ONLY",
          respect_dns_ttl: true,
          connect_timeout: "1s",
          load_assignment: {
            cluster_name: "xds-grpc",
            endpoints: [
              { lb_endpoints: [{ endpoint: { address: address("istiod.istio-system.svc.cluster.local", 15010) } }] },
            ],
          },
          typed_extension_protocol_options: {
            "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
              "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
              explicit_http_config: { http2_protocol_options: {} },
            },
          },
          upstream_connection_options: {
            tcp_keepalive: { keepalive_time: 5, keepalive_interval: 2, keepalive_probes: 2 },
          },
        },
      ],
    },
  }
  return [
    "--config-yaml",
    JSON.stringify(bootstrap).replace('"@labels@"', labels),
    "--concurrency",
    "1",
    "--log-level",
    "warning",
    // A proxy that is told to go lets requests that it carries end, for this long.
    "--drain-time-s",
    "3",
  ]
}

const retryIstiod = { base_interval: "0.5s", max_interval: "2s" }

/** The pod's names and address, for the arguments. */
export const podEnvironment = [
  ["POD_NAME", "metadata.name"],
  ["POD_NAMESPACE", "metadata.namespace"],
  ["POD_IP", "status.podIP"],
].map(([name, fieldPath]) => ({ name, valueFrom: { fieldRef: { fieldPath } } }))

const address = (host: string, port: number) => ({ socket_address: { address: host, port_value: port } })
