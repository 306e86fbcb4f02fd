import { z } from "zod"
import { PHASES, type Phase } from "../phases.ts"

export const CALL_KINDS = ["start", "promote", "pre-rollout", "during", "post-rollout", "rollback"] as const

/** What a call is about: a gate that is asked to open, or a hook by its type. */
export type CallKind = (typeof CALL_KINDS)[number]

/**
 * What came of asking. `no` is a verdict about the version; `none` says nothing about it: nobody answered. `refused`: Serin itself
 * does not make the call, by its rules.
 */
export const ANSWERS = ["yes", "no", "not-yet", "none", "refused"] as const
export type Answer = (typeof ANSWERS)[number]

/** What post-rollout and rollback hooks are told: as it was at that moment, however late they take it. */
export interface Told {
  readonly at: string
  readonly phase: Phase
  readonly step: number
  readonly weight: number
  readonly revision: string
  readonly previous: string
  readonly reason: string
}

/** What is remembered of one call, in `Delivery.status`. */
export interface HookMemory {
  /** The same for each repetition: the receiver knows repeats by it. */
  readonly id: string
  readonly kind: CallKind
  /** Of the hook; a gate's is its kind. */
  readonly name: string
  readonly attempts: number
  /** `no`s in a row, up to the last answer. */
  readonly noes: number
  /** Absent while nobody has answered yet. */
  readonly last?: { readonly answer: Answer; readonly text: string; readonly at: string } | undefined
  /** Of a `during` hook: which check it belongs to. */
  readonly check?: number | undefined
  readonly tell?: Told | undefined
}

const time = z.iso.datetime({ offset: true })

export const hookMemory = z.object({
  id: z.string(),
  kind: z.enum(CALL_KINDS),
  name: z.string(),
  attempts: z.int().min(0),
  noes: z.int().min(0).default(0),
  last: z.object({ answer: z.enum(ANSWERS), text: z.string(), at: time }).optional(),
  check: z.int().optional(),
  tell: z
    .object({
      at: time,
      phase: z.enum(PHASES),
      step: z.int(),
      weight: z.int(),
      revision: z.string(),
      previous: z.string(),
      reason: z.string(),
    })
    .optional(),
})
