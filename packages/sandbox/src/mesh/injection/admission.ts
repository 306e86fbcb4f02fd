import type { Mutator } from "../../kube/index.ts"
import type { Pod } from "../../kube/types.gen.ts"
import { injectSidecar } from "./inject.ts"
import { injectionRequired } from "./required.ts"

/** For the API server's admission: gives new pods their sidecar where namespace and pod ask for it. */
export const sidecarInjector: Mutator = (object, { operation, ref, namespaceObject }) => {
  if (operation !== "CREATE" || ref.group !== "" || ref.resource !== "pods") return object
  const pod = object as Pod
  return injectionRequired(pod, namespaceObject) ? injectSidecar(pod) : object
}
