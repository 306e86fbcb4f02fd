import type { KubeObject } from "../../kube/client.ts"

/** What istiod's analysis says about an object; codes and names are Istio's. */
export interface Problem {
  readonly object: KubeObject
  readonly code: "IST0101" | "IST0106" | "IST0109" | "IST0112" | "SERIN001"
  readonly name:
    | "ReferencedResourceNotFound"
    | "SchemaValidationError"
    | "ConflictingMeshGatewayVirtualServiceHosts"
    | "VirtualServiceDestinationPortSelectorRequired"
    /** Ours: Istio would do it, the embedded mesh does not. */
    | "NotInEmbeddedMesh"
  readonly level: "Error" | "Warning"
  readonly message: string
}

/** Collects problems, each once per object. */
export class Problems {
  readonly #seen = new Map<string, Problem>()

  get all(): readonly Problem[] {
    return [...this.#seen.values()]
  }

  /** `kind` is `host`, `host+subset in destinationrule` or `gateway`, as in Istio's text. */
  notFound(object: KubeObject, kind: string, name: string): void {
    const message = `Referenced ${kind} not found: "${name}"`
    this.#add({ object, code: "IST0101", name: "ReferencedResourceNotFound", level: "Error", message })
  }

  invalid(object: KubeObject, why: string): void {
    const message = `Schema validation error: ${why}`
    this.#add({ object, code: "IST0106", name: "SchemaValidationError", level: "Error", message })
  }

  conflictingHost(object: KubeObject, names: readonly string[], host: string): void {
    const message = `The VirtualServices ${names.join(",")} associated with mesh gateway define the same host ${host}; the oldest one is in effect. Merge them into one.`
    this.#add({ object, code: "IST0109", name: "ConflictingMeshGatewayVirtualServiceHosts", level: "Error", message })
  }

  portRequired(object: KubeObject, host: string, ports: readonly number[]): void {
    const message = `This VirtualService routes to a service "${host}" that exposes multiple ports [${ports.join(" ")}]. State the port in the destination.`
    this.#add({
      object,
      code: "IST0112",
      name: "VirtualServiceDestinationPortSelectorRequired",
      level: "Error",
      message,
    })
  }

  /** `field`: its path in the object. */
  unsupported(object: KubeObject, field: string): void {
    const message = `${field} has no effect in the embedded mesh; Istio would honour it.`
    this.#add({ object, code: "SERIN001", name: "NotInEmbeddedMesh", level: "Warning", message })
  }

  #add(problem: Problem): void {
    const { metadata, kind } = problem.object
    this.#seen.set(`${kind}/${metadata.namespace ?? ""}/${metadata.name ?? ""}: ${problem.message}`, problem)
  }
}
