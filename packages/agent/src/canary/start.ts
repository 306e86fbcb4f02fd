import { canaryRefs, type CanaryRef } from "@serin/core"
import type { CanaryVerb, Named, Person } from "../api/services.ts"
import type { ActionResult, AgentEvent, CanaryAction, CanaryState } from "../api/types.ts"
import type { ImageBook } from "../images/index.ts"
import type { Informer, KubeObject } from "../kube/index.ts"
import type { AgentParts } from "../parts.ts"
import type { PrometheusClient } from "../prometheus/index.ts"
import { heads } from "../release/index.ts"
import { WorkQueue } from "../runtime/index.ts"
import { HookCalls } from "./hook-calls.ts"
import { formatKey, nameOf, parseKey } from "./key.ts"
import { Measurement } from "./measure.ts"
import { kinds, type LiveDeployment, type LiveObject } from "./objects.ts"
import { reconcileCanary, type CanaryParts } from "./reconciler.ts"
import { steerCanary } from "./steer.ts"

export interface Canaries {
  states(): readonly CanaryState[]
  steer(verb: CanaryVerb, canary: Named, action: CanaryAction, person: Person): Promise<ActionResult>
  close(): Promise<void>
}

/** The canary reconciler, one key per Canary of a config repository. */
export function startCanaries(
  agent: AgentParts,
  { prometheus, book }: { readonly prometheus: PrometheusClient; readonly book: ImageBook },
): Canaries {
  const deployments = agent.informer<LiveDeployment>(kinds.deployment)
  const hookCalls = new HookCalls({
    secrets: agent.secrets,
    authorities: agent.outbound.authorities,
    mayAct: agent.mayAct,
    allowed: () => agent.settings().outboundAllow,
    clock: agent.clock,
    at: agent.at,
    onAnswer: (key) => queue.add(key),
  })
  const parts: CanaryParts = {
    agent,
    deployments,
    measurement: new Measurement(prometheus),
    hookCalls,
    book,
    views: new Map(),
    drifts: new Map(),
    pasts: new Map(),
    unwritten: new Map(),
    written: new Map(),
    alerts: new Map(),
  }
  const queue = new WorkQueue({
    name: "canary",
    reconcile: (key, signal) => reconcileCanary(key, parts, signal),
    clock: agent.clock,
    random: agent.random,
    log: agent.log,
  })
  const canaries = agent.informer<LiveObject>(kinds.canary)
  const all = (): string[] => knownKeys(agent, canaries)
  /** Whatever changes in a namespace may concern its canaries; looking is cheap, and missing it is not. */
  const inNamespace = (name: string): void => {
    const namespace = name.slice(0, name.indexOf("/"))
    for (const key of all()) if (parseKey(key).ref.namespace === namespace) queue.add(key)
  }
  const follow = <T extends KubeObject>(informer: Informer<T>): (() => void) => informer.onChange(inNamespace)
  const ends = [
    agent.repositories.onHead((repository) => {
      const present = new Set(all())
      for (const key of parts.views.keys()) if (!present.has(key)) forget(key, parts)
      for (const key of present) if (parseKey(key).repository === repository) queue.add(key)
    }),
    follow(deployments),
    follow(canaries),
    follow(agent.informer<LiveObject>(kinds.delivery)),
    follow(agent.informer<LiveObject>(kinds.virtualService)),
    agent.events.subscribe((event) => noteDrift(event, parts, queue, all())),
  ]
  return {
    states: () => [...parts.views.values()],
    steer: async (verb, canary, action, person) => {
      const { key, ...result } = await steerCanary(verb, canary, action, person, parts)
      queue.add(key)
      return result
    },
    close: async () => {
      for (const end of ends) end()
      await hookCalls.close()
      await queue.close()
    },
  }
}

/** Canaries that Git states, and those of the cluster whose repository cannot be read now. */
function knownKeys(agent: AgentParts, canaries: Informer<LiveObject>): string[] {
  const read = heads(agent.repositories)
  const stated = read.flatMap(({ key: repository, revision }) =>
    canaryRefs(revision.manifests.map(({ object }) => object)).map((ref) => formatKey({ repository, ref })),
  )
  const readable = new Set(read.map(({ key }) => key))
  const orphaned = canaries.list().flatMap((object) => {
    const repository = agent.repositories.ownerOf(object)
    if (repository === undefined || readable.has(repository)) return []
    const { namespace = "default", name } = object.metadata
    return [formatKey({ repository, ref: { namespace, name } satisfies CanaryRef })]
  })
  return [...stated, ...orphaned]
}

function forget(
  key: string,
  { views, drifts, pasts, alerts, written, unwritten, measurement, hookCalls }: CanaryParts,
): void {
  views.delete(key)
  drifts.delete(key)
  pasts.delete(key)
  unwritten.delete(key)
  alerts.delete(key)
  written.delete(nameOf(parseKey(key).ref))
  measurement.forget(key)
  hookCalls.forget(key)
}

/** Sync may have put weights back before anyone could look: its report says that the interval does not count. */
function noteDrift(event: AgentEvent, parts: CanaryParts, queue: WorkQueue, keys: readonly string[]): void {
  if (event.kind !== "drift" || event.subject?.startsWith("VirtualService ") !== true) return
  const namespace = event.subject.slice("VirtualService ".length).split("/")[0]
  for (const key of keys) {
    if (parseKey(key).ref.namespace !== namespace) continue
    parts.drifts.set(key, [...(parts.drifts.get(key) ?? []), event.at])
    queue.add(key)
  }
}
