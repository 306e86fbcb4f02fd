import { labels, metadataIn, type Manifest } from "./manifest.ts"
import { agentName, caConfigMapName, proxySecretName, systemNamespace } from "./names.ts"

/** How the agent runs in the cluster. */
export interface AgentPlacement {
  readonly image: string
  /** Secret of type kubernetes.io/dockerconfigjson in the agent's namespace. */
  readonly imagePullSecret?: string
  readonly replicas: number
  /** As in HTTP_PROXY, HTTPS_PROXY and NO_PROXY; without logins, for whoever may read a Deployment sees them. */
  readonly proxy?: { readonly http?: string; readonly https?: string; readonly none?: string }
}

const cacheFolder = "/var/cache/serin"
const caFolder = "/etc/serin/ca"
/** Of the image's own user; it has no name that matters. */
const user = 65_532
const selector = { "app.kubernetes.io/name": "serin", "app.kubernetes.io/component": "agent" }
const metadata = metadataIn(systemNamespace, agentName)

/** The agent's Deployment, what keeps a drain from taking all replicas, and its address. */
export function agentWorkload(placement: AgentPlacement): Manifest[] {
  return [
    {
      apiVersion: "v1",
      kind: "Service",
      metadata,
      spec: {
        selector,
        ports: [
          { name: "http", port: 80, targetPort: "http" },
          { name: "hooks", port: 81, targetPort: "hooks" },
        ],
      },
    },
    {
      apiVersion: "policy/v1",
      kind: "PodDisruptionBudget",
      metadata,
      // Not "at least one there": with a single replica, or with none that is ready, no node could be drained.
      spec: { maxUnavailable: 1, unhealthyPodEvictionPolicy: "AlwaysAllow", selector: { matchLabels: selector } },
    },
    deployment(placement),
  ]
}

function deployment(placement: AgentPlacement): Manifest {
  return {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata,
    spec: {
      replicas: placement.replicas,
      revisionHistoryLimit: 3,
      selector: { matchLabels: selector },
      template: {
        metadata: { labels: { ...labels, ...selector } },
        spec: {
          serviceAccountName: agentName,
          ...(placement.imagePullSecret === undefined
            ? {}
            : { imagePullSecrets: [{ name: placement.imagePullSecret }] }),
          securityContext: {
            runAsNonRoot: true,
            runAsUser: user,
            runAsGroup: user,
            fsGroup: user,
            seccompProfile: { type: "RuntimeDefault" },
          },
          // Time to end a push and to hand the Lease over.
          terminationGracePeriodSeconds: 30,
          topologySpreadConstraints: [
            {
              maxSkew: 1,
              topologyKey: "kubernetes.io/hostname",
              whenUnsatisfiable: "ScheduleAnyway",
              labelSelector: { matchLabels: selector },
            },
          ],
          containers: [container(placement)],
          volumes: [
            { name: "cache", emptyDir: {} },
            { name: "tmp", emptyDir: {} },
            { name: "ca", configMap: { name: caConfigMapName, optional: true } },
          ],
        },
      },
    },
  }
}

function container({ image, proxy = {} }: AgentPlacement) {
  return {
    name: "agent",
    image,
    args: [
      "agent",
      "--listen=0.0.0.0:8080",
      "--hooks-listen=0.0.0.0:8081",
      `--cache-dir=${cacheFolder}`,
      `--ca-bundle=${caFolder}/ca.crt`,
      "--replica=$(POD_NAME)",
      "--address=$(POD_IP):8080",
    ],
    env: [
      fromPod("POD_NAME", "metadata.name"),
      fromPod("POD_NAMESPACE", "metadata.namespace"),
      fromPod("POD_IP", "status.podIP"),
      ...given("HTTP_PROXY", proxy.http),
      ...given("HTTPS_PROXY", proxy.https),
      ...given("NO_PROXY", proxy.none),
    ],
    // Names that are given above come first.
    envFrom: [{ secretRef: { name: proxySecretName, optional: true } }],
    ports: [
      { name: "http", containerPort: 8080 },
      { name: "hooks", containerPort: 8081 },
    ],
    startupProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 2, failureThreshold: 30 },
    livenessProbe: { httpGet: { path: "/healthz", port: "http" }, periodSeconds: 10, timeoutSeconds: 5 },
    readinessProbe: { httpGet: { path: "/readyz", port: "http" }, periodSeconds: 5, timeoutSeconds: 5 },
    resources: { requests: { cpu: "50m", memory: "192Mi" }, limits: { memory: "768Mi" } },
    securityContext: {
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ["ALL"] },
    },
    volumeMounts: [
      { name: "cache", mountPath: cacheFolder },
      { name: "tmp", mountPath: "/tmp" },
      { name: "ca", mountPath: caFolder, readOnly: true },
    ],
  }
}

const fromPod = (name: string, fieldPath: string) => ({ name, valueFrom: { fieldRef: { fieldPath } } })

const given = (name: string, value: string | undefined) => (value === undefined ? [] : [{ name, value }])
