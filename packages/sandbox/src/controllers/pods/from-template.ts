import type { KubeObject } from "../../kube/index.ts"
import type { Pod, PodTemplateSpec } from "../../kube/types.gen.ts"
import { controllerReference } from "./ownership.ts"

/** Generated names get five characters; the whole is kept within what a host name may have. */
const LONGEST_PREFIX = 63 - 5

/** A new pod of a template, owned by the workload, named after it. */
export function podFromTemplate(owner: KubeObject, { metadata, spec }: PodTemplateSpec): Pod {
  const prefix = `${owner.metadata.name ?? ""}-`
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: {
      ...(owner.metadata.namespace !== undefined && { namespace: owner.metadata.namespace }),
      generateName: prefix.slice(0, LONGEST_PREFIX),
      ...(metadata?.labels !== undefined && { labels: metadata.labels }),
      ...(metadata?.annotations !== undefined && { annotations: metadata.annotations }),
      ...(metadata?.finalizers !== undefined && { finalizers: metadata.finalizers }),
      ownerReferences: [controllerReference(owner)],
    },
    ...(spec !== undefined && { spec }),
  }
}
