import type { ContractTarget } from "../harness/contract.ts"
import { Http } from "../harness/http.ts"

/** A Kubernetes API that cases are sent to. It is new: cases create namespaces by fixed names. */
export interface Target extends ContractTarget {
  readonly url: string
  /** PEM. */
  readonly ca: string
  /** Of user `kubernetes-admin` in `system:masters`. */
  readonly token: string
  readonly features: ReadonlySet<Feature>
}

/** `controllers`: those of kube-controller-manager and the scheduler; `kubectl`: a kubectl of the judge's version. */
export type Feature = "controllers" | "kubectl"

/** A connection with the target's token. */
export function httpTo({ url, ca, token }: Target): Http {
  return new Http(url, { ca, headers: { authorization: `Bearer ${token}` } })
}
