import type { KubeObject } from "../client.ts"
import { listAt, recordAt, withValue } from "../json.ts"
import { textAt } from "../selectors/index.ts"
import { bodyChanged, fieldChanged, type KindRules, PLAIN, specChanged, withOldMetadata } from "./rules.ts"

const notSupported = (field: string): string => `field label not supported: ${field}`

const NAMESPACE: KindRules = {
  ...PLAIN,
  hasStatus: true,
  returnsDeleted: true,
  initialStatus: () => ({ phase: "Active" }),
  selectable: { fields: { "status.phase": textAt("status.phase") }, unknown: notSupported },
  prepareCreate: (namespace) => {
    const finalizers = listAt(namespace, "spec", "finalizers")
    return finalizers.includes("kubernetes")
      ? namespace
      : withValue(namespace, ["spec", "finalizers"], [...finalizers, "kubernetes"])
  },
  // The finalizers of the spec go through their own subresource.
  prepareUpdate: (namespace, old) => withValue(namespace, ["spec", "finalizers"], recordAt(old, "spec")["finalizers"]),
  parts: {
    finalize: (sent, old) => withValue(old, ["spec", "finalizers"], listAt(sent, "spec", "finalizers")),
  },
}

const NODE: KindRules = {
  ...PLAIN,
  hasStatus: true,
  initialStatus: (node) => recordAt(node, "status"),
  selectable: {
    fields: { "spec.unschedulable": textAt("spec.unschedulable", "false") },
    unknown: notSupported,
  },
}

const SECRET: KindRules = {
  ...PLAIN,
  selectable: { fields: { type: textAt("type") }, unknown: notSupported },
}

const RETURNS_DELETED: KindRules = { ...PLAIN, returnsDeleted: true }
const CREATED_BY_PUT: KindRules = { ...PLAIN, createOnUpdate: true }
const WITH_GENERATION: KindRules = { ...PLAIN, desiredStateChanged: specChanged }
const WEBHOOKS: KindRules = {
  ...PLAIN,
  unconditionalUpdate: false,
  desiredStateChanged: fieldChanged("webhooks"),
}
const POLICY: KindRules = { ...WITH_GENERATION, unconditionalUpdate: false }

const CLAIM: KindRules = {
  ...PLAIN,
  hasStatus: true,
  returnsDeleted: true,
  initialStatus: () => ({ phase: "Pending" }),
  prepareCreate: (claim) => withFinalizer(claim, "kubernetes.io/pvc-protection"),
}

const VOLUME: KindRules = {
  ...CLAIM,
  initialStatus: (_, { now }) => ({ phase: "Pending", lastPhaseTransitionTime: now }),
  prepareCreate: (volume) => withFinalizer(volume, "kubernetes.io/pv-protection"),
}

function withFinalizer(object: KubeObject, finalizer: string): KubeObject {
  const finalizers = object.metadata.finalizers ?? []
  if (finalizers.includes(finalizer)) return object
  return { ...object, metadata: { ...object.metadata, finalizers: [...finalizers, finalizer] } }
}

const ENDPOINT_SLICE: KindRules = {
  ...PLAIN,
  desiredStateChanged: (object, old) =>
    bodyChanged(object, old) || fieldChanged("labels")(labelsOf(object), labelsOf(old)),
}

const labelsOf = (object: KubeObject): KubeObject => object.metadata as unknown as KubeObject

const INGRESS: KindRules = {
  ...PLAIN,
  hasStatus: true,
  desiredStateChanged: specChanged,
  initialStatus: () => ({ loadBalancer: {} }),
}

const QUOTA: KindRules = { ...PLAIN, hasStatus: true, returnsDeleted: true, initialStatus: () => ({}) }

const LIMIT_RANGE: KindRules = CREATED_BY_PUT

const CERTIFICATE_REQUEST: KindRules = {
  ...PLAIN,
  hasStatus: true,
  initialStatus: () => ({}),
  parts: {
    approval: (sent, old) => withValue(old, ["status", "conditions"], listAt(sent, "status", "conditions")),
  },
  selectable: { fields: { "spec.signerName": textAt("spec.signerName") }, unknown: notSupported },
}

/** Built-in kinds of which nothing more is known than that their status has a subresource. */
export const WITH_STATUS: KindRules = {
  ...PLAIN,
  hasStatus: true,
  initialStatus: (object) => recordAt(object, "status"),
}

const FLOW_CONTROL: KindRules = { ...WITH_STATUS, desiredStateChanged: specChanged, prepareStatus: withOldMetadata }

/** By storage name. */
export const CLUSTER: Readonly<Record<string, KindRules>> = {
  namespaces: NAMESPACE,
  nodes: NODE,
  secrets: SECRET,
  serviceaccounts: RETURNS_DELETED,
  limitranges: LIMIT_RANGE,
  endpoints: CREATED_BY_PUT,
  resourcequotas: QUOTA,
  persistentvolumeclaims: CLAIM,
  persistentvolumes: VOLUME,
  "coordination.k8s.io/leases": { ...CREATED_BY_PUT, unconditionalUpdate: false },
  "discovery.k8s.io/endpointslices": ENDPOINT_SLICE,
  "rbac.authorization.k8s.io/roles": CREATED_BY_PUT,
  "rbac.authorization.k8s.io/rolebindings": CREATED_BY_PUT,
  "rbac.authorization.k8s.io/clusterroles": CREATED_BY_PUT,
  "rbac.authorization.k8s.io/clusterrolebindings": CREATED_BY_PUT,
  "networking.k8s.io/ingresses": INGRESS,
  "networking.k8s.io/ingressclasses": WITH_GENERATION,
  "networking.k8s.io/networkpolicies": WITH_GENERATION,
  "node.k8s.io/runtimeclasses": { ...CREATED_BY_PUT, unconditionalUpdate: false },
  "scheduling.k8s.io/priorityclasses": { ...PLAIN, desiredStateChanged: () => false },
  "storage.k8s.io/storageclasses": RETURNS_DELETED,
  "storage.k8s.io/csidrivers": { ...WITH_GENERATION, returnsDeleted: true, unconditionalUpdate: false },
  "storage.k8s.io/csinodes": { ...RETURNS_DELETED, unconditionalUpdate: false },
  "storage.k8s.io/volumeattachments": { ...WITH_STATUS, returnsDeleted: true, unconditionalUpdate: false },
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": WEBHOOKS,
  "admissionregistration.k8s.io/validatingwebhookconfigurations": WEBHOOKS,
  "admissionregistration.k8s.io/validatingadmissionpolicies": { ...POLICY, hasStatus: true, initialStatus: () => ({}) },
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": POLICY,
  "admissionregistration.k8s.io/mutatingadmissionpolicies": POLICY,
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": POLICY,
  "flowcontrol.apiserver.k8s.io/flowschemas": FLOW_CONTROL,
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": FLOW_CONTROL,
  "certificates.k8s.io/certificatesigningrequests": CERTIFICATE_REQUEST,
}
