import { ApiError, type KubeObject } from "../client.ts"
import { forbidden, notFound } from "../errors.ts"
import { stringAt } from "../json.ts"
import type { Target } from "../verbs/index.ts"

/** Namespaces without which nothing works. */
const IMMORTAL = new Set(["default", "kube-system", "kube-public"])

/** Nothing is created in a namespace that does not exist or is going. */
export function checkNamespace({ resource, namespace = "", name }: Target, found: KubeObject | undefined): void {
  // Questions about a namespace are answered whether it exists or not.
  if (resource.resource === "localsubjectaccessreviews") return
  if (found === undefined) throw notFound({ group: "", resource: "namespaces" }, namespace)
  if (found.metadata.deletionTimestamp === undefined && stringAt(found, "status", "phase") !== "Terminating") return
  const refusal = forbidden(
    resource,
    name,
    `unable to create new content in namespace ${namespace} because it is being terminated`,
  )
  throw new ApiError(refusal.code, refusal.reason, refusal.message, {
    ...refusal.details,
    causes: [
      {
        reason: "NamespaceTerminating",
        message: `namespace ${namespace} is being terminated`,
        field: "metadata.namespace",
      },
    ],
  })
}

export function checkDeletable({ resource, name }: Target): void {
  if (resource.storage === "namespaces" && IMMORTAL.has(name))
    throw forbidden(resource, name, "this namespace may not be deleted")
}

const NAME_LABEL = "kubernetes.io/metadata.name"

/** Every namespace can be selected by its name. */
export function withNamespaceLabel(namespace: KubeObject): KubeObject {
  const { name = "", labels } = namespace.metadata
  if (labels?.[NAME_LABEL] === name) return namespace
  return { ...namespace, metadata: { ...namespace.metadata, labels: { ...labels, [NAME_LABEL]: name } } }
}
