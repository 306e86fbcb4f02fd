import type { Named, Person, WorkloadVerb } from "../api/services.ts"
import type { ActionResult, ReleaseRequest, ReleaseResult, WorkloadAction } from "../api/types.ts"
import type { ImageBook } from "../images/index.ts"
import type { AgentParts } from "../parts.ts"
import { WorkQueue } from "../runtime/index.ts"
import { keyOf } from "../source/repository.ts"
import { releaseByHand, switchByHand } from "./by-hand.ts"
import { releaseByPolicy } from "./by-policy.ts"

export interface Releases {
  release(request: ReleaseRequest, person: Person): Promise<ReleaseResult>
  switchWorkload(
    verb: WorkloadVerb,
    workload: Named & { readonly kind: string },
    action: WorkloadAction,
    person: Person,
  ): Promise<ActionResult>
  close(): Promise<void>
}

/** The release reconciler, one key per config repository, and what people release by hand. */
export function startReleases(parts: AgentParts, { book }: { readonly book: ImageBook }): Releases {
  const { repositories, events, clock, random, log } = parts
  const words = new Map<string, string>()
  const queue = new WorkQueue({
    name: "release",
    reconcile: (key, signal) => releaseByPolicy(key, { repositories, images: book, events, log, words }, signal),
    clock,
    random,
    log,
  })
  const ends = [
    repositories.onHead((key) => queue.add(key)),
    book.onChange(() => {
      for (const repository of repositories.list()) queue.add(keyOf(repository))
    }),
  ]
  const hands = { repositories, images: book }
  return {
    release: (request, person) => releaseByHand(hands, request, person),
    switchWorkload: (verb, workload, action, person) => switchByHand(hands, verb, workload, action, person),
    close: async () => {
      for (const end of ends) end()
      await queue.close()
    },
  }
}
