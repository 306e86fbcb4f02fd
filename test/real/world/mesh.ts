import { spawnSync } from "node:child_process"
import { copyFileSync, existsSync, renameSync, writeFileSync } from "node:fs"
import { dirname, join } from "node:path"
import { fileURLToPath } from "node:url"
import { startDaemon, untilReady, type Daemon } from "../daemon.ts"
import { MissingRequirement } from "../go-program.ts"
import { adminPort, envoyArguments, podEnvironment, proxyUser } from "./envoy-bootstrap.ts"
import { images } from "./images.ts"
import { injectionConfig } from "./injection.ts"
import type { Kubectl } from "./kubectl.ts"
import { gateway } from "./namespaces.ts"

export interface RealMesh {
  readonly istiod: Daemon
  /** Its webhooks, which are the cluster's, stay. */
  killIstiod(): Promise<void>
  /** Resolves when its webhooks can be called. */
  startIstiod(): Promise<void>
  close(): Promise<void>
}

const meshConfig = {
  // Upstream Envoy lacks Istio's own filters: no telemetry by them, and no certificates without Istio's agent.
  enableAutoMtls: false,
  defaultProviders: {},
  enablePrometheusMerge: false,
  accessLogFile: "",
}

/** The custom resource definitions of the Istio that istiod was built from; kept beside the program from the first time on. */
export function istioDefinitions(istiod: string): string {
  const kept = join(dirname(istiod), "definitions.yaml")
  if (existsSync(kept)) return kept
  const cwd = fileURLToPath(new URL("../programs/istiod", import.meta.url))
  const listed = spawnSync("go", ["list", "-m", "-f", "{{.Dir}}", "istio.io/istio"], { cwd, encoding: "utf8" })
  if (listed.error !== undefined) throw new MissingRequirement(`Go is not on the PATH (${listed.error.message})`)
  if (listed.status !== 0) throw new Error(`go list in ${cwd} failed: ${listed.stderr}`)
  copyFileSync(join(listed.stdout.trim(), "manifests/charts/base/files/crd-all.gen.yaml"), `${kept}.new`)
  renameSync(`${kept}.new`, kept)
  return kept
}

/** Starts istiod with its webhooks, and an ingress gateway as a Deployment. Resolves when the gateway is available. */
export async function startRealMesh(
  istiod: string,
  definitions: string,
  kubectl: Kubectl,
  folder: string,
): Promise<RealMesh> {
  kubectl.run(["apply", "--server-side", "-f", definitions])
  kubectl.apply({ apiVersion: "v1", kind: "Namespace", metadata: { name: "istio-system" } })
  kubectl.apply(injectionConfig(), ...istiodService(kubectl))
  const meshFile = join(folder, "mesh.json")
  writeFileSync(meshFile, JSON.stringify(meshConfig))
  const start = async (): Promise<Daemon> => {
    const daemon = startDaemon(
      "istiod",
      istiod,
      istiodArguments(kubectl.kubeconfig, meshFile),
      join(folder, "istiod.log"),
      {
        POD_NAME: "istiod",
        REVISION: "default",
        POD_NAMESPACE: "istio-system",
        PILOT_ENABLE_METADATA_EXCHANGE: "false",
        PILOT_ENABLE_ALPN_FILTER: "false",
        VALIDATION_WEBHOOK_CONFIG_NAME: "istio-validator",
        INJECTION_WEBHOOK_CONFIG_NAME: "istio-sidecar-injector",
      },
    )
    await untilReady(
      daemon,
      () =>
        fetch(`http://${gateway}:8081/ready`).then(
          (answer) => answer.ok,
          () => false,
        ),
      60_000,
    )
    return daemon
  }
  let daemon = await start()
  kubectl.apply(...webhooks, plainTraffic)
  await certified(daemon, kubectl)
  kubectl.apply(...ingressGateway)
  kubectl.run(["-n", "istio-system", "rollout", "status", "deployment/istio-ingressgateway", "--timeout=90s"])
  return {
    get istiod() {
      return daemon
    },
    killIstiod: () => daemon.kill(),
    async startIstiod() {
      daemon = await start()
      await certified(daemon, kubectl)
    },
    close: () => daemon.stop(),
  }
}

/** Waits until istiod has put its certificate into its webhooks: before that the API server cannot call them. */
async function certified(daemon: Daemon, kubectl: Kubectl): Promise<void> {
  const group = "/apis/admissionregistration.k8s.io/v1"
  const paths = webhooks.map(({ kind, metadata }) => `${group}/${kind.toLowerCase()}s/${metadata.name}`)
  interface Configuration {
    readonly webhooks: readonly {
      readonly failurePolicy: string
      readonly clientConfig: { readonly caBundle?: string }
    }[]
  }
  const ready = async (path: string) => {
    const [hook] = (await kubectl.getJson<Configuration>(path)).webhooks
    return hook?.clientConfig.caBundle !== undefined && hook.failurePolicy === "Fail"
  }
  await untilReady(daemon, async () => (await Promise.all(paths.map(ready))).every(Boolean), 30_000)
}

function istiodArguments(kubeconfig: string, meshFile: string): string[] {
  return [
    "discovery",
    `--kubeconfig=${kubeconfig}`,
    `--meshConfig=${meshFile}`,
    `--grpcAddr=${gateway}:15010`,
    "--secureGRPCAddr=",
    `--httpAddr=${gateway}:8081`,
    `--httpsAddr=${gateway}:15017`,
    `--monitoringAddr=${gateway}:15014`,
    "--ctrlz_port=0",
    "--shutdownDuration=1s",
  ]
}

const istiodPorts = [
  { name: "grpc-xds", port: 15010 },
  { name: "https-webhook", port: 15017 },
]

function istiodService(kubectl: Kubectl): object[] {
  const ports = istiodPorts.map(({ name, port }) => ({
    name,
    port: name === "https-webhook" ? 443 : port,
    targetPort: port,
  }))
  return [
    { apiVersion: "v1", kind: "Service", metadata: { name: "istiod", namespace: "istio-system" }, spec: { ports } },
    kubectl.endpoints("istiod", "istio-system", istiodPorts),
  ]
}

/** Names and labels by which istiod finds them, to write its certificate into them. */
const webhook = (path: string) => ({ service: { name: "istiod", namespace: "istio-system", path, port: 443 } })
const webhooks = [
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "MutatingWebhookConfiguration",
    metadata: { name: "istio-sidecar-injector", labels: { "istio.io/rev": "default" } },
    webhooks: [
      {
        name: "namespace.sidecar-injector.istio.io",
        clientConfig: webhook("/inject"),
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        failurePolicy: "Fail",
        rules: [{ operations: ["CREATE"], apiGroups: [""], apiVersions: ["v1"], resources: ["pods"] }],
        namespaceSelector: { matchLabels: { "istio-injection": "enabled" } },
        objectSelector: {
          matchExpressions: [{ key: "sidecar.istio.io/inject", operator: "NotIn", values: ["false"] }],
        },
      },
    ],
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    kind: "ValidatingWebhookConfiguration",
    metadata: {
      name: "istio-validator-istio-system",
      labels: { app: "istiod", istio: "istiod", "istio.io/rev": "default" },
    },
    webhooks: [
      {
        name: "rev.validation.istio.io",
        clientConfig: webhook("/validate"),
        sideEffects: "None",
        admissionReviewVersions: ["v1"],
        // Until istiod has put its certificate in; then it writes Fail.
        failurePolicy: "Ignore",
        rules: [
          {
            operations: ["CREATE", "UPDATE"],
            apiGroups: ["networking.istio.io", "security.istio.io", "telemetry.istio.io", "extensions.istio.io"],
            apiVersions: ["*"],
            resources: ["*"],
          },
        ],
      },
    ],
  },
]

/** Certificates would come from Istio's agent beside each proxy, which is not here: without this, proxies wait for them. */
const plainTraffic = {
  apiVersion: "security.istio.io/v1",
  kind: "PeerAuthentication",
  metadata: { name: "default", namespace: "istio-system" },
  spec: { mtls: { mode: "DISABLE" } },
}

const gatewayLabels = { app: "istio-ingressgateway", istio: "ingressgateway" }

const ingressGateway = [
  {
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "istio-ingressgateway", namespace: "istio-system" },
    spec: { selector: gatewayLabels, ports: [{ name: "http2", port: 80, targetPort: 8080 }] },
  },
  {
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "istio-ingressgateway", namespace: "istio-system" },
    spec: {
      selector: { matchLabels: gatewayLabels },
      template: {
        metadata: { labels: gatewayLabels },
        spec: {
          terminationGracePeriodSeconds: 5,
          containers: [
            {
              name: "istio-proxy",
              image: images.envoy,
              args: envoyArguments({ type: "router", labels: JSON.stringify(gatewayLabels) }),
              env: podEnvironment,
              ports: [{ name: "http-envoy-prom", containerPort: adminPort }],
              readinessProbe: { httpGet: { path: "/ready", port: adminPort }, periodSeconds: 1 },
              securityContext: { runAsUser: proxyUser, runAsNonRoot: true },
            },
          ],
        },
      },
    },
  },
]
