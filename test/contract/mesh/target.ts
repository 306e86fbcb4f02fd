import type { ContractTarget } from "../harness/contract.ts"

/** A cluster with a mesh, in which `prepare` has set up pods that answer and pods that ask. */
export interface Target extends ContractTarget {
  readonly kube: {
    readonly url: string
    /** PEM. */
    readonly ca: string
    readonly token: string
  }
  /** Port 80 of the ingress gateway. */
  readonly ingress: { readonly host: string; readonly port: number }
  /** Resolves when the proxies have taken over the configuration that they answer by. */
  settled(): Promise<void>
}

/** The namespace of services and cases, and another one with a sender of its own. */
export const namespace = "contract"
export const otherNamespace = "neighbour"

/** Who asks: pods with a sidecar in the two namespaces, and somebody outside, through the ingress gateway. */
export type Sender = "client" | "neighbour" | "gateway"
