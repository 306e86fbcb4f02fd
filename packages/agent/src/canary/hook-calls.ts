import { createHmac } from "node:crypto"
import { answerOf, type HookAnswer, type HookCall, type Reply } from "@serin/core"
import { fail, ok, SerinError, type ErrorCode, type Result } from "../errors.ts"
import type { SecretReader } from "../kube/index.ts"
import { AllowList, post, type Resolve } from "../callable/index.ts"
import type { Authorities } from "../outbound/index.ts"
import type { Clock, CrashPoint } from "../runtime/index.ts"
import { nameOf, parseKey } from "./key.ts"

export interface HookCallsOptions {
  readonly secrets: SecretReader
  /** Entries of what may be called, as of now. */
  readonly allowed: () => string
  /** Certificate authorities beside the system's. */
  readonly authorities: Authorities
  readonly mayAct: () => boolean
  readonly clock: Clock
  readonly at: CrashPoint
  /** An answer has come for this canary's key. */
  readonly onAnswer: (key: string) => void
  readonly resolve?: Resolve
}

/**
 * Calls to gates and hooks that are under way, and their answers until the cluster remembers them. Nobody waits for a call: a
 * reconcile begins it, and its answer queues the canary again. What is lost with the process is asked again, under the same id.
 */
export class HookCalls {
  readonly #options: HookCallsOptions
  readonly #stop = new AbortController()
  /** By canary, kind and name: each is asked one thing at a time. */
  readonly #running = new Map<string, Promise<void>>()
  readonly #answers = new Map<string, HookAnswer[]>()

  constructor(options: HookCallsOptions) {
    this.#options = options
  }

  begin(key: string, calls: readonly HookCall[]): void {
    if (this.#stop.signal.aborted || !this.#options.mayAct()) return
    for (const call of calls) {
      const slot = `${key} ${call.kind} ${call.name}`
      // An answer that is not remembered yet is not asked for again.
      if (this.#running.has(slot) || this.answers(key).some(({ id }) => id === call.id)) continue
      this.#running.set(slot, this.#run(key, slot, call))
    }
  }

  /** Answers that the cluster does not remember yet. */
  answers(key: string): readonly HookAnswer[] {
    return this.#answers.get(key) ?? []
  }

  /** The cluster remembers these. */
  settle(key: string, remembered: readonly HookAnswer[]): void {
    const left = this.answers(key).filter((answer) => !remembered.includes(answer))
    if (left.length === 0) this.#answers.delete(key)
    else this.#answers.set(key, left)
  }

  forget(key: string): void {
    this.#answers.delete(key)
  }

  /** Ends what is under way. */
  async close(): Promise<void> {
    this.#stop.abort()
    await Promise.all(this.#running.values())
  }

  async #run(key: string, slot: string, call: HookCall): Promise<void> {
    const { clock, onAnswer, at } = this.#options
    const boundary = `${call.kind} ${nameOf(parseKey(key).ref)} ${call.name}`
    try {
      await at(`hook:before ${boundary}`)
      const reply = replyOf(await this.#post(key, call))
      await at(`hook:after ${boundary}`)
      if (this.#stop.signal.aborted) return
      this.#answers.set(key, [...this.answers(key), answerOf(call, reply, clock.now())])
    } finally {
      this.#running.delete(slot)
    }
    onAnswer(key)
  }

  async #post(key: string, { receiver, body }: HookCall) {
    const { allowed, authorities, clock, resolve } = this.#options
    const text = JSON.stringify({ ...body, sentAt: new Date(clock.now()).toISOString() })
    const signed = await this.#signature(key, receiver.secretRef, text)
    if (!signed.ok) return signed
    return post(
      {
        url: receiver.url,
        headers: { "x-serin-id": body.id, ...signed.value },
        body: text,
        timeoutMs: receiver.timeoutMs,
      },
      {
        allow: new AllowList(allowed()),
        signal: this.#stop.signal,
        authorities: await authorities(),
        ...(resolve !== undefined && { resolve }),
      },
    )
  }

  /** Read for each call: a key that was changed counts at once. */
  async #signature(
    key: string,
    ref: HookCall["receiver"]["secretRef"],
    text: string,
  ): Promise<Result<Readonly<Record<string, string>>>> {
    if (ref === undefined) return ok({})
    const namespace = parseKey(key).repository.split("/")[0] ?? ""
    const secret = await this.#options.secrets.read(namespace, ref.name)
    if (!secret.ok) return secret
    const value = secret.value.data?.[ref.key]
    if (value === undefined || value === "")
      return fail(
        new SerinError("KUBE_NOT_FOUND", `Secret ${namespace}/${ref.name} has no value ${ref.key} to sign with`),
      )
    const hmac = createHmac("sha256", Buffer.from(value, "base64").toString("utf8").trim())
    return ok({ "x-serin-signature-256": `sha256=${hmac.update(text).digest("hex")}` })
  }
}

/** What only a person can mend, and so is told with its next step. */
const refusing: ReadonlySet<ErrorCode> = new Set<ErrorCode>(["HOOK_REFUSED", "KUBE_NOT_FOUND", "KUBE_FORBIDDEN"])

function replyOf(result: Awaited<ReturnType<typeof post>>): Reply {
  if (result.ok) return { kind: "answered", ...result.value }
  const { code, message, next } = result.error
  return refusing.has(code) ? { kind: "refused", why: `${message}. ${next}` } : { kind: "failed", why: message }
}
