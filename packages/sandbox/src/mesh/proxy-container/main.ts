/** The program of the container `istio-proxy`. Takes everything from its environment; ends with 0 on SIGTERM. */
import { sidecarPorts, type AppMetrics } from "../injection/inject.ts"
import { startSidecar } from "./sidecar.ts"

/** How long requests under way may take after SIGTERM: Istio's `terminationDrainDuration`. */
const drainLimitMs = 5000

const log = (message: string, fields: Readonly<Record<string, unknown>> = {}): void => {
  const details = Object.entries(fields).map(([name, value]) => ` ${name}=${String(value)}`)
  process.stdout.write(`${new Date().toISOString()} ${message}${details.join("")}\n`)
}

/** Where Istio's agent would look: by the annotations that the pod had before injection. */
function appMetricsUrl(annotations: string | undefined): string | undefined {
  if (annotations === undefined) return undefined
  const { path, port } = JSON.parse(annotations) as AppMetrics
  const withSlash = path.startsWith("/") ? path : `/${path}`
  return `http://127.0.0.1:${port === "" ? "80" : port}${path === "" ? "/metrics" : withSlash}`
}

async function main(): Promise<void> {
  const { SERIN_PROXY_SOCKET: socketPath, ISTIO_PROMETHEUS_ANNOTATIONS: annotations } = process.env
  if (socketPath === undefined) {
    throw new Error("SERIN_PROXY_SOCKET is not set: this program runs only as a sidecar in the embedded world")
  }
  const appMetrics = appMetricsUrl(annotations)
  const sidecar = await startSidecar({
    socketPath,
    host: "0.0.0.0",
    ports: sidecarPorts,
    ...(appMetrics === undefined ? {} : { appMetrics }),
    log,
  })
  log("istio-proxy is up")
  await new Promise((resolve) => process.once("SIGTERM", resolve))
  log("draining")
  await sidecar.drain(drainLimitMs)
}

// No top-level await: the program is bundled as CommonJS, which the hooks of the world without namespaces need.
main().then(
  () => process.exit(0),
  (error: unknown) => {
    log("istio-proxy failed", { error: String(error) })
    process.exit(1)
  },
)
