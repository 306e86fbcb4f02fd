import type { DeliveryStatus } from "../delivery.ts"
import type { Answer, CallKind, HookMemory } from "./memory.ts"

/** What came of a request: an HTTP answer, or why there is none. */
export type Reply =
  | { readonly kind: "answered"; readonly host: string; readonly code: number; readonly text: string }
  | { readonly kind: "failed" | "refused"; readonly why: string }

export interface HookAnswer extends Pick<HookMemory, "id" | "kind" | "name" | "check"> {
  readonly answer: Answer
  /** A clause for people, without anything secret. */
  readonly text: string
  readonly at: string
}

/** Of something between us and the receiver, or of a receiver that is overwhelmed: no verdict. */
const NOBODY = new Set([408, 502, 503, 504])
const NOT_YET = new Set([202, 423, 425, 429])

/**
 * What an answer means. 200 and its like say yes; 202, 423, 425 and 429 say not yet, and so does 403 of a gate, as Flagger's gates
 * answer; 408, 502, 503 and 504 are nobody's answer, nor is a redirect, which is not followed. Anything else says no.
 */
export function meaningOf(kind: CallKind, code: number): Answer {
  if (NOT_YET.has(code)) return "not-yet"
  if (code >= 200 && code < 300) return "yes"
  if (code === 403 && (kind === "start" || kind === "promote")) return "not-yet"
  return NOBODY.has(code) || (code >= 300 && code < 400) ? "none" : "no"
}

/** A reply as it is remembered. */
export function answerOf(
  call: Pick<HookMemory, "id" | "kind" | "name" | "check">,
  reply: Reply,
  at: number,
): HookAnswer {
  const { id, kind, name, check } = call
  const about = { id, kind, name, ...(check !== undefined && { check }), at: new Date(at).toISOString() }
  if (reply.kind !== "answered")
    return { ...about, answer: reply.kind === "refused" ? "refused" : "none", text: reply.why }
  const said = reply.text === "" ? "" : ` (${reply.text})`
  const redirect = reply.code >= 300 && reply.code < 400 ? ", a redirect, which is not followed" : ""
  return {
    ...about,
    answer: meaningOf(kind, reply.code),
    text: `${reply.host} answered ${reply.code}${redirect}${said}`,
  }
}

/** The status with these answers in it. One that nobody waits for any more is left out later, by `tidyHooks`. */
export function noteAnswers(status: DeliveryStatus, answers: readonly HookAnswer[]): DeliveryStatus {
  if (answers.length === 0) return status
  const hooks = answers.reduce<readonly HookMemory[]>(note, status.hooks ?? [])
  return { ...status, hooks }
}

function note(memories: readonly HookMemory[], { id, kind, name, check, answer, text, at }: HookAnswer): HookMemory[] {
  const known = memories.find((one) => one.id === id)
  const noted: HookMemory = {
    ...(known ?? { id, kind, name, ...(check !== undefined && { check }) }),
    attempts: (known?.attempts ?? 0) + 1,
    noes: answer === "no" ? (known?.noes ?? 0) + 1 : 0,
    last: { answer, text, at },
  }
  return known === undefined ? [...memories, noted] : memories.map((one) => (one === known ? noted : one))
}
