import type { Service } from "../types.gen.ts"

/** The API server as its own Service; the address is the first of the service range. */
export function kubernetesService(port: number): Service {
  return {
    apiVersion: "v1",
    kind: "Service",
    metadata: {
      name: "kubernetes",
      namespace: "default",
      labels: { component: "apiserver", provider: "kubernetes" },
    },
    spec: {
      clusterIP: "10.96.0.1",
      ipFamilyPolicy: "SingleStack",
      ports: [{ name: "https", port: 443, protocol: "TCP", targetPort: port }],
      type: "ClusterIP",
    },
  }
}
