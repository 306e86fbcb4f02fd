import { createServer } from "node:http"
import type { AddressInfo } from "node:net"
import type { Kubectl } from "./kubectl.ts"

interface Pod {
  readonly metadata: {
    readonly name: string
    readonly namespace: string
    readonly annotations?: Readonly<Record<string, string>>
    readonly ownerReferences?: readonly {
      readonly kind: string
      readonly name: string
      readonly controller?: boolean
    }[]
  }
  readonly spec: {
    readonly containers: readonly {
      readonly name: string
      readonly ports?: readonly { readonly name?: string; readonly containerPort: number }[]
    }[]
  }
  readonly status: { readonly podIP?: string; readonly phase?: string }
}

interface TargetGroup {
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/**
 * Pods as targets with the meta labels of Prometheus' own Kubernetes discovery (role `pod`), for its HTTP discovery: Debian's
 * build leaves the Kubernetes one out.
 */
export function targetsOf(pods: readonly Pod[]): TargetGroup[] {
  return pods.flatMap(({ metadata, spec, status }) => {
    const ip = status.podIP
    if (ip === undefined || (status.phase !== "Running" && status.phase !== "Pending")) return []
    const controller = metadata.ownerReferences?.find((owner) => owner.controller === true)
    const ofPod = {
      __meta_kubernetes_namespace: metadata.namespace,
      __meta_kubernetes_pod_name: metadata.name,
      __meta_kubernetes_pod_ip: ip,
      ...(controller && {
        __meta_kubernetes_pod_controller_kind: controller.kind,
        __meta_kubernetes_pod_controller_name: controller.name,
      }),
      ...Object.fromEntries(
        Object.entries(metadata.annotations ?? {}).map(([name, value]) => [
          `__meta_kubernetes_pod_annotation_${name.replaceAll(/[^a-zA-Z0-9_]/g, "_")}`,
          value,
        ]),
      ),
    }
    return spec.containers.flatMap((container) =>
      (container.ports ?? []).map((port) => ({
        targets: [`${ip}:${String(port.containerPort)}`],
        labels: {
          ...ofPod,
          __meta_kubernetes_pod_container_name: container.name,
          __meta_kubernetes_pod_container_port_name: port.name ?? "",
        },
      })),
    )
  })
}

/** Serves the targets on loopback. */
export async function servePodTargets(kubectl: Kubectl): Promise<{ readonly url: string; close(): Promise<void> }> {
  const server = createServer((_request, response) => {
    kubectl.getJson<{ readonly items: readonly Pod[] }>("/api/v1/pods").then(
      ({ items }) => {
        response.setHeader("content-type", "application/json")
        response.end(JSON.stringify(targetsOf(items)))
      },
      // Prometheus keeps the targets that it has when discovery fails.
      (error: unknown) => response.writeHead(503).end(String(error)),
    )
  })
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve))
  return {
    url: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    close: () => new Promise((resolve) => server.close(() => resolve())),
  }
}
