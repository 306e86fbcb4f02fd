import { withoutDigest } from "../../image/index.ts"
import type { Delivery } from "../delivery.ts"
import type { Decision, Situation } from "../situation.ts"
import { againAt } from "./again.ts"
import { callOf, idInDelivery, type HookCall } from "./call.ts"
import type { HookMemory } from "./memory.ts"
import { hooksOf, isReceiver, type Receiver } from "./spec.ts"

export type Wait = Extract<Decision, { kind: "wait" }>

/** One that has to say yes, and what is remembered of asking it. */
interface Asked {
  readonly memory: HookMemory
  readonly receiver: Receiver
}

function askedOf(
  { rollout, cluster, status }: Situation,
  delivery: Delivery,
  named: Pick<HookMemory, "kind" | "name">,
  receiver: Receiver,
): Asked {
  const id = idInDelivery(rollout, cluster, delivery, named)
  const memory = status.hooks?.find((one) => one.id === id) ?? { id, ...named, attempts: 0, noes: 0 }
  return { memory, receiver }
}

/** Until a gate that is a URL has opened; undefined where it has, or is none. Once open it stays open for this delivery. */
export function untilOpen(
  situation: Situation,
  delivery: Delivery,
  kind: "start" | "promote",
  now: number,
): Wait | undefined {
  const receiver = situation.rollout.spec.gates[kind]
  if (!isReceiver(receiver)) return undefined
  const asked = askedOf(situation, delivery, { kind, name: kind }, receiver)
  if (asked.memory.last?.answer === "yes") return undefined
  const what = `the gate to ${kind} ${withoutDigest(delivery.revision)}`
  return waitFor(situation, delivery, [asked], describeGate(what, asked), now)
}

function describeGate(what: string, { memory: { last } }: Asked): string {
  switch (last?.answer) {
    case undefined:
    case "yes":
      return `Asking ${what}.`
    case "not-yet":
      return `Waiting until ${what} opens: ${last.text}.`
    case "no":
      return `Waiting until ${what} opens, though this is not what a closed gate answers: ${last.text}.`
    case "none":
    case "refused":
      return `Waiting until ${what} opens, which nobody answers for: ${sentence(last.text)}`
  }
}

export type BeforeWeight =
  | Wait
  /** A hook has said no as often as a step may fail. */
  | { readonly kind: "failed"; readonly why: string }

/** Until every pre-rollout hook has succeeded; undefined when they have. */
export function untilPassed(situation: Situation, delivery: Delivery, now: number): BeforeWeight | undefined {
  const { analysis, hooks } = situation.rollout.spec
  const open = hooksOf(hooks, "pre-rollout")
    .map((hook) => askedOf(situation, delivery, { kind: hook.type, name: hook.name }, hook))
    .filter(({ memory }) => memory.last?.answer !== "yes")
  const failed = open.find(({ memory }) => memory.noes >= analysis.failures)?.memory
  if (failed !== undefined) return { kind: "failed", why: `hook ${failed.name}: ${failed.last?.text ?? ""}` }
  const [first] = open
  if (first === undefined) return undefined
  return waitFor(situation, delivery, open, describeHook(first, analysis.failures), now)
}

function describeHook({ memory: { name, last, noes } }: Asked, failures: number): string {
  const head = `Before the first weight hook ${name} has to succeed`
  switch (last?.answer) {
    case undefined:
    case "yes":
      return `${head}; it is being asked.`
    case "no":
      return `${head}: ${last.text}; ${failures} failures in a row reject the version (${noes} so far).`
    case "not-yet":
      return `${head}, and has not ended: ${last.text}.`
    case "none":
    case "refused":
      return `${head}, and does not answer: ${sentence(last.text)}`
  }
}

/** What Serin itself says of a failure ends with its next step, and so with a stop. */
const sentence = (text: string): string => (text.endsWith(".") ? text : `${text}.`)

function waitFor(situation: Situation, delivery: Delivery, open: readonly Asked[], reason: string, now: number): Wait {
  const asks = open.flatMap(({ memory, receiver }): HookCall[] =>
    againAt(memory) > now ? [] : [callOf(situation.rollout, situation.cluster, delivery, memory, receiver)],
  )
  const later = open.map(({ memory }) => againAt(memory)).filter((at) => at > now)
  // Neither is a state that a receiver passes through by itself: a setting or an address is wrong.
  const alert = open.some(({ memory: { last } }) => last?.answer === "refused")
  return {
    kind: "wait",
    reason,
    asks,
    ...(later.length > 0 && { until: Math.min(...later) }),
    ...(alert && { alert }),
  }
}
