import type { KubeObject } from "../client.ts"
import { forbidden, quote } from "../errors.ts"
import { stringAt, withValue } from "../json.ts"
import { keyOf, type Store } from "../store/index.ts"
import type { Target } from "../verbs/index.ts"

const DEFAULT = "default"

/**
 * Every pod runs as a service account, `default` unless it names one. A named one must exist; the default one is made by
 * a controller, which a pod that comes right after its namespace need not wait for here.
 */
export function withServiceAccount(pod: KubeObject, { namespace = "", resource }: Target, store: Store): KubeObject {
  const given = stringAt(pod, "spec", "serviceAccountName") ?? stringAt(pod, "spec", "serviceAccount") ?? ""
  const name = given === "" ? DEFAULT : given
  if (name !== DEFAULT && store.collection("serviceaccounts").get(keyOf(namespace, name)) === undefined)
    throw forbidden(
      resource,
      pod.metadata.name ?? "",
      `error looking up service account ${namespace}/${name}: serviceaccount ${quote(name)} not found`,
    )
  return withValue(withValue(pod, ["spec", "serviceAccountName"], name), ["spec", "serviceAccount"], name)
}
