import { checkEscalation, type Rbac } from "../auth/index.ts"
import type { KubeObject } from "../client.ts"
import type { Store } from "../store/index.ts"
import type { Admission, AdmissionRequest, Target } from "../verbs/index.ts"
import type { Mutator, ReviewRequest, Validator } from "./mutator.ts"
import { checkDeletable, checkNamespace, withNamespaceLabel } from "./namespaces.ts"
import { withPriority, withTolerations } from "./pods.ts"
import { withServiceAccount } from "./service-accounts.ts"

/** The admission plugins of the real server that matter here, in its order, and the given ones among them. */
export function admissionChain(
  store: Store,
  rbac: Rbac,
  random: () => number,
  mutators: readonly Mutator[],
  validators: readonly Validator[],
): Admission {
  const namespaceOf = (name: string | undefined): KubeObject | undefined =>
    name === undefined ? undefined : store.collection("namespaces").get(name)

  const review = ({ operation, target: { resource, namespace }, old }: AdmissionRequest): ReviewRequest => {
    const ref = { group: resource.group, version: resource.version, resource: resource.resource }
    return { operation, ref, namespaceObject: namespaceOf(namespace), old }
  }

  const admit = (request: AdmissionRequest): KubeObject => {
    const { operation, target } = request
    const { namespace, resource, subresource } = target
    if (operation === "CREATE" && namespace !== undefined) checkNamespace(target, namespaceOf(namespace))
    if (subresource !== "") return request.object
    let object = request.object
    if (resource.storage === "namespaces") object = withNamespaceLabel(object)
    if (operation === "CREATE" && resource.storage === "pods")
      object = withTolerations(withPriority(withServiceAccount(object, target, store, random), target, store))
    for (const mutate of mutators) object = mutate(object, review(request))
    checkEscalation(rbac, { ...request, object })
    return object
  }
  const check = (request: AdmissionRequest): void => {
    if (request.target.subresource !== "") return
    for (const validate of validators) validate(request.object, review(request))
  }
  return { admit, check, admitDelete: (target: Target) => checkDeletable(target) }
}
