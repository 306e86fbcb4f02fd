import { emptySet, fieldPaths, type FieldSet } from "./field-set.ts"

const status = fieldPaths(["status"])
const spec = fieldPaths(["spec"])
const specAndMetadata = fieldPaths(["spec"], ["metadata"])

/** What a write to `/status` does not change, where it is not just the spec. */
const ofStatus: Readonly<Record<string, FieldSet>> = {
  "apps/Deployment": fieldPaths(["spec"], ["metadata", "labels"]),
  "/Pod": fieldPaths(["spec"], ["metadata", "deletionTimestamp"], ["metadata", "ownerReferences"]),
  "apiregistration.k8s.io/APIService": specAndMetadata,
  "certificates.k8s.io/CertificateSigningRequest": fieldPaths(["spec"], ["status", "conditions"]),
  "flowcontrol.apiserver.k8s.io/FlowSchema": specAndMetadata,
  "flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration": specAndMetadata,
  "networking.k8s.io/ServiceCIDR": specAndMetadata,
  "resource.k8s.io/ResourceClaim": specAndMetadata,
  "storage.k8s.io/VolumeAttachment": specAndMetadata,
}

/**
 * Fields that the server puts back when an object is written this way, so that the writer does not come to own them.
 * `custom`: the kind comes from a CustomResourceDefinition; one without a status subresource keeps its status.
 */
export function resetFields(
  group: string,
  kind: string,
  subresource: string,
  custom?: { readonly statusSubresource: boolean },
): FieldSet {
  if (subresource === "status") return custom === undefined ? (ofStatus[`${group}/${kind}`] ?? spec) : specAndMetadata
  if (custom?.statusSubresource === false) return emptySet
  if (subresource === "" || subresource === "finalize") {
    return group === "certificates.k8s.io" ? fieldPaths(["spec"], ["status"]) : status
  }
  if (subresource === "approval") return fieldPaths(["spec"], ["status", "certificate"])
  return emptySet
}
