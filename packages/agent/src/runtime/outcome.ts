import type { SerinError } from "../errors.ts"

/** How a reconcile ended, and so when its key runs again without a new event. */
export type Outcome =
  | { readonly kind: "done" }
  | { readonly kind: "after"; readonly ms: number }
  | { readonly kind: "failed"; readonly error: SerinError }

export const done: Outcome = { kind: "done" }

/** Look again in `ms`, or earlier when an event comes. */
export function after(ms: number): Outcome {
  return { kind: "after", ms }
}

/** Try again as the error's class says: at once, with a growing pause, or only on the next event. */
export function failed(error: SerinError): Outcome {
  return { kind: "failed", error }
}
