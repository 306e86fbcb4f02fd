import { NodeError } from "../node.ts"

/** 10.244.0.0/16 without network, gateway and broadcast address. */
const first = 2
const last = 65_534

/** Gives out the pods' addresses, a freed one as late as possible: old connections must not meet a new pod. */
export class PodAddresses {
  private readonly used = new Set<number>()
  private next = first

  take(): string {
    for (let tries = first; tries <= last; tries++) {
      const number = this.next
      this.next = number === last ? first : number + 1
      if (this.used.has(number)) continue
      this.used.add(number)
      return `10.244.${number >> 8}.${number & 255}`
    }
    throw new NodeError("SETUP_FAILED", "all 65,533 pod addresses are in use; delete some pods")
  }

  free(ip: string): void {
    const [, , high = "", low = ""] = ip.split(".")
    this.used.delete(Number(high) * 256 + Number(low))
  }
}

/** The node's address as pods and the API know it; here it stands for the host. */
export const nodeAddress = "10.244.0.1"

/** Whether it is a pod's address (of a pod or not). */
export const isPodAddress = (ip: string): boolean => ip.startsWith("10.244.") && ip !== nodeAddress
