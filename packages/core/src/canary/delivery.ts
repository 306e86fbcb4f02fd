import { stringify } from "yaml"
import { z } from "zod"
import { hookMemory, type HookMemory } from "./hooks/memory.ts"
import { PHASES, type Phase } from "./phases.ts"

export { PHASES, type Phase } from "./phases.ts"

/** While the stable side has not been touched yet. */
export const abortable: ReadonlySet<Phase> = new Set<Phase>(["Waiting", "Progressing", "Paused"])

const rejected = z.object({ tag: z.string(), digest: z.string().default(""), why: z.string().default("") })

const delivery = z.object({
  phase: z.enum(PHASES),
  revision: z.string().min(1),
  previous: z.string().min(1),
  step: z.int().min(0),
  seq: z.int().min(1),
  seal: z.string(),
  replicas: z.object({ stable: z.int().min(0), canary: z.int().min(0) }),
  rejected: z.array(rejected).default([]),
  owner: z.string().min(1),
  begun: z.int().min(1).optional(),
  hold: z.object({ by: z.enum(["person", "step", "start", "promote"]), reason: z.string() }).optional(),
})

export interface Rejected {
  readonly tag: string
  readonly digest: string
  readonly why: string
}

/** Why a delivery is paused: a person's will, or a stop that the Canary plans (a step, a gate). */
export interface Hold {
  readonly by: "person" | "step" | "start" | "promote"
  readonly reason: string
}

/** `spec` of a Delivery: the whole state of a canary, kept in Git and written by Serin only. */
export interface Delivery {
  readonly phase: Phase
  /** Image being delivered, or delivered last; with digest where known. */
  readonly revision: string
  /** Image the canary side had before, and gets back on a rollback. */
  readonly previous: string
  /** How many steps have been taken; 0: none. */
  readonly step: number
  /** Rises with every edit. */
  readonly seq: number
  /** Over weights, images, replicas and this spec; broken by anyone else's change of them. */
  readonly seal: string
  /** To restore, and the measure of capacity. */
  readonly replicas: { readonly stable: number; readonly canary: number }
  readonly rejected: readonly Rejected[]
  /** The cluster whose agent steers. */
  readonly owner: string
  /** seq with which this delivery began; what hooks and gates answered holds for one delivery. */
  readonly begun?: number | undefined
  readonly hold?: Hold | undefined
}

export type DeliveryResult =
  { readonly ok: true; readonly delivery: Delivery } | { readonly ok: false; readonly reason: string }

export function parseDelivery(value: unknown): DeliveryResult {
  const parsed = delivery.safeParse(value)
  if (parsed.success) return { ok: true, delivery: parsed.data }
  const issue = parsed.error.issues[0]
  return { ok: false, reason: `spec.${issue?.path.join(".") ?? ""}: ${issue?.message ?? "does not read"}` }
}

/** The file that holds a Delivery. */
export function writeDelivery(namespace: string, name: string, spec: Delivery): string {
  const { hold, begun, ...rest } = spec
  const object = {
    apiVersion: "serin.dev/v1alpha1",
    kind: "Delivery",
    metadata: { name, namespace },
    spec: { ...rest, ...(begun !== undefined && { begun }), ...(hold !== undefined && { hold }) },
  }
  return `# Written by Serin. To steer this canary use \`serin canary\`, or edit its weights and images.\n${stringify(object, { lineWidth: 0 })}`
}

/** A rollback that has begun: `hash` as in the mark (protect.ts), `revision` the image that is taken back. */
export interface Protect {
  readonly hash: string
  readonly revision?: string
  readonly reason: string
  /** Who aborted; absent where checks did. */
  readonly by?: string
}

/** What the cluster remembers in `Delivery.status`. Times are RFC 3339 with milliseconds. */
export interface DeliveryStatus {
  /** Highest seq seen in Git, and its seal. */
  readonly seq?: number
  readonly seal?: string
  /** Phase of that state: what is told of is a change from one phase to another. */
  readonly phase?: Phase
  readonly rejected?: readonly Rejected[]
  /** When a seq was first observed live. */
  readonly live?: { readonly seq: number; readonly at: string }
  /** A rollback under way, written before the live weight is touched. */
  readonly protect?: Protect
  /** Moments at which live weights differed from Git's, or no side had a ready pod: intervals with one in them are not counted. */
  readonly disturbed?: readonly string[]
  /** What gates and hooks answered, and what is still to be told. */
  readonly hooks?: readonly HookMemory[]
}

const time = z.iso.datetime({ offset: true })
const status = z.object({
  seq: z.int().optional(),
  seal: z.string().optional(),
  phase: z.enum(PHASES).optional(),
  rejected: z.array(rejected).optional(),
  live: z.object({ seq: z.int(), at: time }).optional(),
  protect: z
    .object({ hash: z.string(), revision: z.string().optional(), reason: z.string(), by: z.string().optional() })
    .optional(),
  disturbed: z.array(time).optional(),
  hooks: z.array(hookMemory).optional(),
})

/** Reads `status`; what does not read counts as not remembered, as in a rebuilt cluster. */
export function parseDeliveryStatus(value: unknown): DeliveryStatus {
  const parsed = status.safeParse(value ?? {})
  if (!parsed.success) return {}
  return withoutAbsent(parsed.data)
}

/** Optional fields that are absent stay absent, so that equal statuses are equal values. */
function withoutAbsent(data: z.infer<typeof status>): DeliveryStatus {
  const { seq, seal, phase, rejected, live, protect, disturbed, hooks } = data
  return {
    ...(seq !== undefined && { seq }),
    ...(seal !== undefined && { seal }),
    ...(phase !== undefined && { phase }),
    ...(rejected !== undefined && { rejected }),
    ...(live !== undefined && { live }),
    ...(protect !== undefined && {
      protect: {
        hash: protect.hash,
        reason: protect.reason,
        ...(protect.revision !== undefined && { revision: protect.revision }),
        ...(protect.by !== undefined && { by: protect.by }),
      },
    }),
    ...(disturbed !== undefined && { disturbed }),
    ...(hooks !== undefined && { hooks }),
  }
}
