import { z } from "zod"

export const kubernetesRoles = ["node", "service", "pod", "endpoints", "endpointslice", "ingress"] as const

const attached = z.strictObject({
  node: z.boolean().default(false),
  namespace: z.boolean().default(false),
  deployment: z.boolean().default(false),
})

/** One entry of `kubernetes_sd_configs`; its Kubernetes is the one that Prometheus runs in (Prometheus, "kubernetes_sd_config"). */
export const kubernetesDiscovery = z.strictObject({
  role: z.enum(kubernetesRoles),
  namespaces: z.strictObject({ names: z.array(z.string()).default([]) }).optional(),
  /** What is asked for of the objects of a role, in Kubernetes' own selectors. */
  selectors: z
    .array(
      z.strictObject({
        role: z.enum(kubernetesRoles),
        label: z.string().optional(),
        field: z.string().optional(),
      }),
    )
    .optional(),
  /** Whose labels and annotations targets get beside their own. */
  attach_metadata: attached.optional(),
})

export type KubernetesRole = (typeof kubernetesRoles)[number]
export type KubernetesDiscovery = z.output<typeof kubernetesDiscovery>
