import type { KubeObject } from "../client.ts"
import { validateDefinition } from "../definitions/index.ts"
import { validateClusterRole, validateClusterRoleBinding, validateRole, validateRoleBinding } from "./access.ts"
import { validateAutoscaler, validateDisruptionBudget } from "./autoscalers.ts"
import { validateLease, validateVolumeClaim } from "./cluster.ts"
import { validateConfigMap, validateNamespace, validateSecret } from "./configs.ts"
import { validateEndpointSlice } from "./endpoints.ts"
import type { FieldError } from "./errors.ts"
import { validateEvent, validateNewEvent } from "./events.ts"
import { validateCronJob, validateJob } from "./jobs.ts"
import { validateMeta, validateMetaUpdate } from "./metadata.ts"
import { dnsSubdomain, pathSegment, type Rule } from "./names.ts"
import { validateIngress, validateNetworkPolicy } from "./networks.ts"
import { validatePod, validatePodUpdate } from "./pods.ts"
import { validateService } from "./services.ts"
import { validateStatus } from "./statuses.ts"
import { validateDaemonSet, validateDeployment, validateReplicaSet, validateStatefulSet } from "./workloads.ts"

type Validator = (object: KubeObject, old?: KubeObject) => Iterable<FieldError>

const validators: Readonly<Record<string, Validator>> = {
  "/configmaps": validateConfigMap,
  "/events": validateEvent,
  "/namespaces": validateNamespace,
  "/persistentvolumeclaims": validateVolumeClaim,
  "/pods": (object, old) => (old === undefined ? validatePod(object) : validatePodUpdate(object, old)),
  "/secrets": validateSecret,
  "/services": validateService,
  "apiextensions.k8s.io/customresourcedefinitions": validateDefinition,
  "apps/daemonsets": validateDaemonSet,
  "apps/deployments": validateDeployment,
  "apps/replicasets": validateReplicaSet,
  "apps/statefulsets": validateStatefulSet,
  "autoscaling/horizontalpodautoscalers": validateAutoscaler,
  "batch/cronjobs": validateCronJob,
  "batch/jobs": validateJob,
  "coordination.k8s.io/leases": validateLease,
  "discovery.k8s.io/endpointslices": validateEndpointSlice,
  "events.k8s.io/events": validateNewEvent,
  "networking.k8s.io/ingresses": validateIngress,
  "networking.k8s.io/networkpolicies": validateNetworkPolicy,
  "policy/poddisruptionbudgets": validateDisruptionBudget,
  "rbac.authorization.k8s.io/clusterrolebindings": validateClusterRoleBinding,
  "rbac.authorization.k8s.io/clusterroles": validateClusterRole,
  "rbac.authorization.k8s.io/rolebindings": validateRoleBinding,
  "rbac.authorization.k8s.io/roles": validateRole,
}

/** Kinds whose names are parts of paths and nothing more. */
const pathNames: ReadonlySet<string> = new Set(["certificates.k8s.io/certificatesigningrequests"])

/**
 * What is wrong with a decoded and defaulted object, in the order in which the real server tells it. `old` is the
 * object before an update. Of kinds that are not known here, only the metadata is looked at.
 */
export function validate(
  { group, resource }: { readonly group: string; readonly resource: string },
  object: KubeObject,
  old?: KubeObject,
  subresource = "",
): FieldError[] {
  const key = `${group}/${resource}`
  const kind = validators[key] ?? metadataOnly(pathNames.has(key) ? pathSegment : dnsSubdomain)
  // Each update is looked at on behalf of all kinds first and then of its own.
  const general =
    old === undefined ? [] : [...validateMeta(object, pathSegment, false), ...validateMetaUpdate(object, old)]
  if (subresource === "status") return [...general, ...general, ...validateStatus(key, object)]
  if (subresource !== "") return general
  return [...general, ...kind(object, old)]
}

const metadataOnly = (rule: Rule): Validator =>
  function* check(object, old) {
    if (old === undefined) yield* validateMeta(object, rule)
    else yield* validateMetaUpdate(object, old)
  }
