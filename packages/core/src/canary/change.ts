import type { CommitMessage, Edit, EditResult } from "../edit/edit.ts"
import { Draft } from "../edit/draft.ts"
import { weightsFor } from "../edit/virtual-service.ts"
import { parseReference, withoutDigest } from "../image/index.ts"
import { writeDelivery, type Delivery, type Hold, type Phase, type Rejected } from "./delivery.ts"
import { asksAnybody } from "./hooks/spec.ts"
import { readRollout, type Rollout } from "./rollout.ts"
import { fingerprint, hashOf, sealedOf, sealOf } from "./seal.ts"

/** What an edit of a canary changes; what is left out stays. */
export interface Change {
  readonly phase: Phase
  /** Absent: the delivery is not held. */
  readonly hold?: Hold
  readonly step?: number
  /** Share of the canary. */
  readonly percent?: number
  readonly stableImage?: string
  readonly canaryImage?: string
  /** Only where Git states replicas at all. */
  readonly stableReplicas?: number
  readonly canaryReplicas?: number
  readonly revision?: string
  readonly previous?: string
  readonly replicas?: Delivery["replicas"]
  readonly rejected?: readonly Rejected[]
  readonly owner?: string
  /** A delivery begins: gates and hooks are asked anew. */
  readonly begins?: boolean
}

/** What the commit tells people. */
export interface Note {
  readonly kind: string
  readonly subject: string
  readonly reason: string
  /** `canary test/podinfo` unless a person caused it. */
  readonly cause?: string
  readonly author?: CommitMessage["author"]
  readonly from?: string
  readonly to?: string
  readonly side?: "stable" | "canary"
  /** What was measured, by metric. */
  readonly numbers?: readonly (readonly [name: string, value: number])[]
}

export interface ChangeOptions {
  /** Highest seq seen so far; the edit's is above it. */
  readonly seenSeq: number
  /** For a canary that has no Delivery yet. */
  readonly cluster: string
}

/**
 * The edit that makes a change, decided on one state of Git: on any other it is obsolete, since the decision might be
 * another one there. The new state is sealed over what the files then say.
 */
export function editOf(decidedOn: Rollout, change: Change, note: Note, options: ChangeOptions): Edit {
  const expected = fingerprint(decidedOn)
  return (tree): EditResult => {
    const now = readRollout(tree, decidedOn.ref)
    if (!now.ok) return { kind: "obsolete", reason: now.reason }
    if (fingerprint(now.rollout) !== expected)
      return { kind: "obsolete", reason: "Weights, images or state changed meanwhile; it is decided anew." }
    const draft = new Draft(tree)
    changeFiles(draft, now.rollout, change)
    if (draft.refusal !== undefined) return { kind: "refused", reason: draft.refusal }
    const after = readRollout(draft.tree(), decidedOn.ref)
    if (!after.ok) return { kind: "refused", reason: after.reason }
    const delivery = sealed(after.rollout, deliveryAfter(now.rollout, change, options))
    draft.write(deliveryPath(now.rollout), writeDelivery(now.rollout.ref.namespace, now.rollout.ref.name, delivery))
    const message = messageOf(now.rollout, after.rollout, delivery, note, expected)
    return { kind: "commit", changes: draft.changes(), message }
  }
}

function changeFiles(draft: Draft, rollout: Rollout, change: Change): void {
  const { route, virtualService, stable, canary } = rollout
  if (change.percent !== undefined) {
    for (const [position, weight] of weightsFor(route, change.percent).entries()) {
      const path = route.paths[position]
      if (path !== undefined && route.weights[position] !== weight) draft.set(virtualService, path, weight)
    }
  }
  for (const [side, image, replicas] of [
    [stable, change.stableImage, change.stableReplicas],
    [canary, change.canaryImage, change.canaryReplicas],
  ] as const) {
    if (image !== undefined && image !== side.container.image) draft.set(side.located, side.container.path, image)
    if (replicas !== undefined && side.replicas !== undefined && replicas !== side.replicas)
      draft.set(side.located, ["spec", "replicas"], replicas)
  }
}

function deliveryAfter(rollout: Rollout, change: Change, options: ChangeOptions): Delivery {
  const { container, replicas } = rollout.canary
  const before: Omit<Delivery, "phase" | "seal"> = rollout.delivery ?? {
    revision: container.image,
    previous: container.image,
    step: 0,
    seq: 0,
    replicas: { stable: rollout.stable.replicas ?? 1, canary: replicas ?? 1 },
    rejected: [],
    owner: options.cluster,
  }
  const seq = Math.max(before.seq, options.seenSeq) + 1
  return {
    phase: change.phase,
    revision: change.revision ?? before.revision,
    previous: change.previous ?? before.previous,
    step: change.step ?? before.step,
    seq,
    seal: "",
    replicas: change.replicas ?? before.replicas,
    rejected: change.rejected ?? before.rejected,
    owner: change.owner ?? before.owner,
    begun: change.begins === true ? (asksAnybody(rollout.spec) ? seq : undefined) : before.begun,
    hold: change.hold,
  }
}

function sealed(rollout: Rollout, delivery: Delivery): Delivery {
  return { ...delivery, seal: sealOf(sealedOf(rollout), delivery) }
}

/** Beside the Canary, in a file of its own, unless the Delivery already stands elsewhere. */
function deliveryPath(rollout: Rollout): string {
  if (rollout.deliveryAt !== undefined) return rollout.deliveryAt.path
  const folder = rollout.canaryAt.path.slice(0, rollout.canaryAt.path.lastIndexOf("/") + 1)
  return `${folder}${rollout.ref.name}.delivery.yaml`
}

function messageOf(before: Rollout, after: Rollout, delivery: Delivery, note: Note, decidedOn: string): CommitMessage {
  const name = `${before.ref.namespace}/${before.ref.name}`
  const side = note.side === "stable" ? before.spec.stable : before.spec.canary
  const trailers: [string, string][] = [
    ["Serin-Kind", note.kind],
    ["Serin-Canary", name],
    ["Serin-Workload", `Deployment ${before.ref.namespace}/${side.deployment}`],
    ["Serin-From", withoutDigest(note.from ?? delivery.previous)],
    ["Serin-To", withoutDigest(note.to ?? delivery.revision)],
    ["Serin-Weight", String(after.percent)],
    ["Serin-Cause", note.cause ?? `canary ${name}`],
    ["Serin-Reason", note.reason],
    ...(note.numbers ?? []).map(([metric, value]): [string, string] => ["Serin-Number", `${metric} ${value}`]),
    ["Serin-Id", hashOf({ name, seq: delivery.seq, decidedOn }).slice("sha256:".length, "sha256:".length + 20)],
  ]
  return {
    subject: note.subject,
    body: note.reason,
    trailers,
    ...(note.author !== undefined && { author: note.author }),
  }
}

/** `image`, with a digest only where the manifest pins one today. */
export function spelledLike(current: string, image: string): string {
  return parseReference(current)?.digest === undefined ? withoutDigest(image) : image
}
