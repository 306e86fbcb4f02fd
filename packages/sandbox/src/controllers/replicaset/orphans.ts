import type { KubeClient, KubeObject, ResourceRef } from "../../kube/index.ts"
import type { LabelSelector } from "../../kube/types.gen.ts"
import { controller, selects } from "../pods/index.ts"
import { keyOf } from "../runtime/index.ts"

interface Selecting extends KubeObject {
  readonly spec?: { readonly selector?: LabelSelector }
}

/** For an object without a controller: the owners whose selectors find it, any of which may take it in. */
export const ofMatchingOwners =
  (client: KubeClient, owners: ResourceRef) =>
  async (object: KubeObject): Promise<string[]> => {
    const { namespace = "", labels, deletionTimestamp } = object.metadata
    if (controller(object) !== undefined || deletionTimestamp !== undefined) return []
    const { items } = await client.list<Selecting>(owners, { namespace })
    return items.filter(({ spec }) => selects(spec?.selector, labels)).map(keyOf)
  }
