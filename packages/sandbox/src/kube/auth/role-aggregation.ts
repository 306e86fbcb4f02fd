import type { KubeObject } from "../client.ts"
import { withValue } from "../json.ts"
import type { Machinery } from "../verbs/index.ts"
import { outdatedAggregations } from "./aggregation.ts"

const ROLES = "rbac.authorization.k8s.io/clusterroles"

/** Keeps the cluster roles that gather their rules from others (`admin`, `edit`, `view`) up to date. */
export class RoleAggregation {
  readonly #machinery: Machinery
  readonly close: () => void
  #scheduled = false

  constructor(machinery: Machinery) {
    this.#machinery = machinery
    this.close = machinery.store.collection(ROLES).subscribe(() => this.#schedule())
    this.#update()
  }

  /** Not inside the write that it follows, so that watchers see them in order. */
  #schedule(): void {
    if (this.#scheduled) return
    this.#scheduled = true
    queueMicrotask(() => {
      this.#scheduled = false
      this.#update()
    })
  }

  #update(): void {
    const roles = this.#machinery.store.collection(ROLES)
    for (const [name, rules] of outdatedAggregations(roles.list())) {
      const role: KubeObject | undefined = roles.get(name)
      if (role !== undefined) roles.put(name, withValue(role, ["rules"], rules))
    }
  }
}
