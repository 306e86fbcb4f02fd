import type { KubeObject, ObjectMeta } from "../kube/index.ts"

interface Named extends KubeObject {
  readonly metadata: ObjectMeta
}

/** What is read of a live Deployment. */
export interface LiveDeployment extends Named {
  readonly spec?: { readonly replicas?: number; readonly progressDeadlineSeconds?: number }
  readonly status?: { readonly readyReplicas?: number }
}

/** Any of our custom resources, and Istio's: read by the schemas of core. */
export interface LiveObject extends Named {
  readonly spec?: unknown
  readonly status?: unknown
}

export const kinds = {
  canary: { apiVersion: "serin.dev/v1alpha1", kind: "Canary" },
  delivery: { apiVersion: "serin.dev/v1alpha1", kind: "Delivery" },
  deployment: { apiVersion: "apps/v1", kind: "Deployment" },
  virtualService: { apiVersion: "networking.istio.io/v1", kind: "VirtualService" },
} as const
