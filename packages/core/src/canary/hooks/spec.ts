import { z } from "zod"
import { duration } from "../duration.ts"

export const HOOK_TYPES = ["pre-rollout", "during", "post-rollout", "rollback"] as const
export type HookType = (typeof HOOK_TYPES)[number]

/** Who is asked or told, by an HTTP POST. */
export interface Receiver {
  readonly url: string
  /** Key of the signature: a Secret in the namespace of the Repository, and which of its values. */
  readonly secretRef?: { readonly name: string; readonly key: string } | undefined
  readonly timeoutMs: number
  /** Passed on as it is. */
  readonly metadata: Readonly<Record<string, string>>
}

export interface Hook extends Receiver {
  readonly name: string
  readonly type: HookType
}

/** Who lets a delivery go on: time and checks alone, a person, or whoever answers. */
export type Gate = "auto" | "manual" | Receiver

/** Longer than any answer should take; a test that lasts longer answers 202 until it has ended. */
const MAX_TIMEOUT_MS = 60_000
const DEFAULT_TIMEOUT_MS = 10_000

/** What is wrong with a receiver's address; undefined when it reads. Never shows the address, which may hold a secret. */
export function addressProblem(text: string): string | undefined {
  if (!URL.canParse(text)) return "is no URL; write one like https://hooks.example.com/podinfo"
  const { protocol, username, password } = new URL(text)
  if (protocol !== "https:" && protocol !== "http:") return "is neither an https:// nor an http:// URL"
  if (username !== "" || password !== "")
    return "holds a user or password, which would stand in Git; sign by secretRef instead"
  return undefined
}

const address = z.string().superRefine((text, context) => {
  const problem = addressProblem(text)
  if (problem !== undefined) context.addIssue({ code: "custom", message: problem })
})

const timeout = duration.refine((ms) => ms <= MAX_TIMEOUT_MS, { error: "is longer than 60s" })

const receiver = {
  url: address,
  secretRef: z.strictObject({ name: z.string().min(1), key: z.string().min(1).default("key") }).optional(),
  timeout: timeout.optional(),
  metadata: z.record(z.string(), z.string()).default({}),
}

type Written = z.infer<z.ZodObject<typeof receiver>>

function receiverOf({ url, secretRef, timeout: timeoutMs = DEFAULT_TIMEOUT_MS, metadata }: Written): Receiver {
  return { url, timeoutMs, metadata, ...(secretRef !== undefined && { secretRef }) }
}

const asked = z.strictObject(receiver)

/** `auto`, `manual`, a URL, or the URL with what belongs to it. */
export const gate = z.unknown().transform((value, context): Gate => {
  if (value === "auto" || value === "manual") return value
  if (typeof value === "string" && addressProblem(value) !== undefined) {
    context.addIssue({ code: "custom", message: `is neither auto nor manual, and ${addressProblem(value) ?? ""}` })
    return z.NEVER
  }
  const read = asked.safeParse(typeof value === "string" ? { url: value } : value)
  if (read.success) return receiverOf(read.data)
  for (const { path, message } of read.error.issues) context.addIssue({ code: "custom", message, path })
  return z.NEVER
})

const hook = z
  .strictObject({
    name: z
      .string()
      .regex(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/, { error: "is no name: small letters, digits, dashes" }),
    type: z.enum(HOOK_TYPES),
    ...receiver,
  })
  .transform(({ name, type, ...rest }): Hook => ({ name, type, ...receiverOf(rest) }))

/** What status remembers and the blast radius of one canary both want a bound. */
const MAX_HOOKS = 16

export const hooks = z
  .array(hook)
  .max(MAX_HOOKS, { error: `has more than ${MAX_HOOKS} hooks` })
  .superRefine((list, context) => {
    const twice = list.find((one, index) => list.findIndex(({ name }) => name === one.name) < index)
    if (twice !== undefined) context.addIssue({ code: "custom", message: `names ${twice.name} twice` })
  })

export const isReceiver = (value: Gate): value is Receiver => typeof value === "object"

export function hooksOf<T extends HookType>(list: readonly Hook[], type: T): readonly Hook[] {
  return list.filter((one) => one.type === type)
}

/** Whether anybody is asked before a step: then it is remembered to which delivery their answers belong. */
export function asksAnybody({
  gates,
  hooks: list,
}: {
  readonly gates: { readonly start: Gate; readonly promote: Gate }
  readonly hooks: readonly Hook[]
}): boolean {
  return isReceiver(gates.start) || isReceiver(gates.promote) || hooksOf(list, "pre-rollout").length > 0
}

/** Whether anybody is told of an end: then the phase is remembered from which a delivery came to it. */
export function tellsAnybody({ hooks: list }: { readonly hooks: readonly Hook[] }): boolean {
  return list.some(({ type }) => type === "post-rollout" || type === "rollback")
}
