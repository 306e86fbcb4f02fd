import type { ContractTarget } from "../harness/contract.ts"
import type { Receiver } from "./receiver.ts"

/** How a registry is configured: for everybody, with user names and passwords, or with tokens. */
export type Door = "open" | "basic" | "bearer"

/** A registry in three configurations, each new, with relative locations. */
export interface Target extends ContractTarget {
  readonly urls: Readonly<Record<Door, string>>
  /** Gets the notifications of the open one. */
  readonly receiver: Receiver
}

/** Known to `basic` and `bearer`. Without credentials `bearer` hands out tokens for pulling. */
export const users = {
  pusher: { name: "pusher", password: "push-secret" },
  puller: { name: "puller", password: "pull-secret" },
} as const

/** The realm of `basic` and the service of `bearer`. */
export const service = "serin-registry"
