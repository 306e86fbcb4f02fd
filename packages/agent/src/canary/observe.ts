import {
  isDeserted,
  isLive,
  noteAnswers,
  parseDeliveryStatus,
  parseReference,
  sameImage,
  sameJson,
  tidyHooks,
  withHooks,
  witness,
  type DeliveryStatus,
  type HookAnswer,
  type HookMemory,
  shareOf,
  type Rollout,
  type Situation,
} from "@serin/core"
import { ok, type Result, type SerinError } from "../errors.ts"
import type { ImageBook } from "../images/index.ts"
import type { CrashPoint } from "../runtime/index.ts"
import { look, type LiveParts, type Seen } from "./live.ts"
import type { Measurement } from "./measure.ts"
import type { CanaryPast } from "./past.ts"
import { writeDeliveryStatus } from "./status.ts"

export interface ObserveParts extends LiveParts {
  readonly measurement: Measurement
  readonly book: ImageBook
  readonly cluster: string
  readonly at: CrashPoint
}

export interface Observed {
  readonly situation: Situation
  readonly seen: Seen
  /** Commit of the rollout; absent where the cluster stands in for Git. */
  readonly decidedOn?: string
  /** Share of the canary in the requests of the last interval, in percent; absent without traffic. */
  readonly observedWeight?: number
  /** Messages to hooks that nobody took for too long. */
  readonly lost: readonly HookMemory[]
  /** Why the cluster does not remember what was seen: enough to protect users on, and for nothing else. */
  readonly unwritten?: SerinError
}

/** What has been told to this agent since the last look. */
export interface News {
  /** Moments at which sync put weights back. */
  readonly drifts: readonly string[]
  /** Why sync does not apply Git's head; absent while it does, or is on its way. */
  readonly lagging?: string
  /** Of gates and hooks. */
  readonly answers: readonly HookAnswer[]
  /** What the cluster was to remember at the last look, and did not take. */
  readonly unwritten?: DeliveryStatus
}

/** More than that many disturbances are one long one. */
const MAX_DISTURBED = 50

/**
 * Everything a decision is made on, and the one effect that comes before it: the cluster remembers what has been seen, so
 * that a restart a moment later sees the same.
 */
export async function observe(
  key: string,
  rollout: Rollout,
  /** Absent where the cluster stands in for Git. */
  past: CanaryPast | undefined,
  news: News,
  now: number,
  parts: ObserveParts,
  signal: AbortSignal,
): Promise<Result<Observed>> {
  const looked = await look(rollout, parts)
  if (!looked.ok) return looked
  const seen = looked.value
  const before = parseDeliveryStatus(seen.delivery?.status)
  const { status, lost } = statusNow(rollout, seen, news.unwritten ?? before, past, news, parts.cluster, now)
  const isNews = seen.delivery !== undefined && !sameJson(before, status)
  const written = isNews ? await writeDeliveryStatus(parts.kube, rollout.ref, status, parts.at) : ok(undefined)
  const { analysis } = rollout.spec
  const isSteered = rollout.delivery !== undefined && !["Idle", "Failed"].includes(rollout.delivery.phase)
  const measured = await parts.measurement.checks(key, rollout, status, now, signal)
  const checks = measured.ok
    ? { ...measured, list: withHooks(rollout, status, parts.cluster, measured.list) }
    : measured
  const [drained, recent] = isSteered
    ? await Promise.all([
        parts.measurement.traffic(rollout, analysis.drainMs, now - analysis.lagMs, signal),
        parts.measurement.traffic(rollout, analysis.intervalMs, now, signal),
      ])
    : []
  const canaryDigest = await digestOf(rollout, parts.book, signal)
  const share = recent && shareOf(recent)
  const observedWeight = share === undefined ? undefined : Math.round(10 * share) / 10
  return ok({
    seen,
    lost,
    ...(!written.ok && { unwritten: written.error }),
    ...(past !== undefined && { decidedOn: past.commit }),
    situation: {
      rollout,
      status,
      live: seen.live,
      checks,
      traffic: drained,
      ...(news.lagging !== undefined && { lagging: news.lagging }),
      cluster: parts.cluster,
      ...(canaryDigest !== undefined && { canaryDigest }),
    },
    ...(observedWeight !== undefined && { observedWeight }),
  })
}

function statusNow(
  rollout: Rollout,
  { live, delivery }: Seen,
  before: DeliveryStatus,
  past: CanaryPast | undefined,
  { drifts, answers }: News,
  cluster: string,
  now: number,
): ReturnType<typeof tidyHooks> {
  if (delivery === undefined || rollout.delivery === undefined) return { status: before, lost: [] }
  const looked = { highest: past?.highest, live: isLive(rollout, live), cluster }
  const status = noteAnswers(witness(before, rollout, looked, now), answers)
  return tidyHooks(withDisturbed(status, rollout, live, drifts, now), rollout, cluster, now)
}

function withDisturbed(
  status: DeliveryStatus,
  rollout: Rollout,
  live: Seen["live"],
  drifts: readonly string[],
  now: number,
): DeliveryStatus {
  if (status.live === undefined || status.live.seq !== rollout.delivery?.seq) return withoutDisturbed(status)
  const since = Date.parse(status.live.at)
  const isOff = live.mark === undefined && live.weights !== undefined && !sameJson(live.weights, rollout.route.weights)
  const deserted = rollout.percent > 0 && isDeserted(live) && isDue(status, rollout.spec.analysis.intervalMs, now)
  const at = [...(status.disturbed ?? []), ...drifts, ...(isOff || deserted ? [new Date(now).toISOString()] : [])]
  const disturbed = [...new Set(at)].filter((time) => Date.parse(time) >= since).slice(-MAX_DISTURBED)
  return disturbed.length === 0 ? withoutDisturbed(status) : { ...status, disturbed }
}

/** One moment in each interval is enough to exclude it, and each costs a write. */
function isDue({ disturbed }: DeliveryStatus, intervalMs: number, now: number): boolean {
  const last = disturbed?.at(-1)
  return last === undefined || now - Date.parse(last) >= intervalMs / 4
}

function withoutDisturbed(status: DeliveryStatus): DeliveryStatus {
  const { disturbed, ...rest } = status
  return disturbed === undefined ? status : rest
}

/** A registry that is away must not hold up a decision. */
const DIGEST_LIMIT_MS = 2_000

/** Asked for only where the image is another one than before; while the registry is away the tag alone has to do. */
async function digestOf(rollout: Rollout, book: ImageBook, signal: AbortSignal): Promise<string | undefined> {
  const { image } = rollout.canary.container
  const reference = parseReference(image)
  if (reference === undefined || reference.digest !== undefined) return reference?.digest
  const { delivery } = rollout
  const known = [delivery?.revision, delivery?.previous].find((one) => one !== undefined && sameImage(one, image))
  if (known !== undefined) return parseReference(known)?.digest
  if (reference.tag === undefined) return undefined
  const limited = AbortSignal.any([signal, AbortSignal.timeout(DIGEST_LIMIT_MS)])
  const digest = await book.digest(reference, reference.tag, limited)
  return digest.ok ? digest.value : undefined
}
