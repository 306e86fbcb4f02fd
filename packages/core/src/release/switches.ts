import { Draft } from "../edit/draft.ts"
import type { CommitMessage, Edit, EditResult } from "../edit/edit.ts"
import { locate, type Located } from "../edit/locate.ts"
import { annotationsOf, workloadName } from "../edit/workload.ts"
import { hashOf } from "../canary/seal.ts"
import { parsePolicy } from "../image/index.ts"
import {
  AUTOMATED,
  automationOf,
  FLUX_AUTOMATED,
  LOCKED,
  LOCKED_MESSAGE,
  TAG_PREFIX,
  type Automation,
} from "./automation.ts"
import { membershipOf } from "./membership.ts"
import type { WorkloadRef } from "./release.ts"

export type WorkloadVerb = "automate" | "deautomate" | "lock" | "unlock"

export interface Switch {
  readonly verb: WorkloadVerb
  readonly workload: WorkloadRef
  readonly cause: string
  readonly reason?: string
  /** For `lock`: told to whoever finds it locked. */
  readonly message?: string
  /** For `automate`: tag policy by container, `*` for every container. Absent: those that are there already. */
  readonly policy?: Readonly<Record<string, string>>
  readonly author?: CommitMessage["author"]
}

const refused = (reason: string): EditResult => ({ kind: "refused", reason })

/** Turns a workload's automation on or off, or locks it, by its annotations in Git. */
export function switchEdit(wish: Switch): Edit {
  const { kind, namespace, name } = wish.workload
  return (tree) => {
    const wanted = workloadName(kind, namespace, name)
    if (wanted === undefined) return refused(`${kind} has no pods, so there are no images to release.`)
    const found = locate(tree, wanted)
    if (!found.ok) return refused(found.reason)
    if (wish.verb === "automate" && membershipOf(tree, wish.workload)?.side === "stable")
      return refused(`${kind} ${namespace}/${name} is the stable side of a canary; put the policy on the canary side.`)
    const draft = new Draft(tree)
    const automation = automationOf(kind, found.located.object)
    const problem = change(draft, found.located, automation, wish)
    if (problem !== undefined) return refused(problem)
    if (draft.refusal !== undefined) return refused(draft.refusal)
    const changes = draft.changes()
    if (changes.length === 0) return { kind: "obsolete", reason: `${kind} ${namespace}/${name} is like that already.` }
    return { kind: "commit", changes, message: messageOf(wish, tree.revision) }
  }
}

function change(draft: Draft, located: Located, automation: Automation, wish: Switch): string | undefined {
  const at = (name: string): string[] => ["metadata", "annotations", name]
  const remove = (...names: string[]): void => {
    const there = annotationsOf(located.object)
    for (const name of names) if (name in there) draft.remove(located, at(name))
  }
  switch (wish.verb) {
    case "automate":
      return automate(draft, located, automation, wish.policy ?? {})
    case "deautomate":
      return (remove(AUTOMATED, FLUX_AUTOMATED), undefined)
    case "lock":
      draft.set(located, at(LOCKED), "true")
      if (wish.message !== undefined) draft.set(located, at(LOCKED_MESSAGE), wish.message)
      return undefined
    case "unlock":
      return (remove(LOCKED, LOCKED_MESSAGE), undefined)
  }
}

function automate(
  draft: Draft,
  located: Located,
  { containers, policies }: Automation,
  policy: Readonly<Record<string, string>>,
): string | undefined {
  const names = containers.map((one) => one.name)
  const main = containers.filter((one) => one.path.includes("containers")).map((one) => one.name)
  const wanted = new Map<string, string>()
  for (const [container, text] of Object.entries(policy)) {
    const parsed = parsePolicy(text)
    if (!parsed.ok) return parsed.reason
    if (container !== "*" && !names.includes(container))
      return `There is no container ${container}; there are ${names.join(", ")}.`
    for (const name of container === "*" ? main : [container])
      if (container !== "*" || !(name in policy)) wanted.set(name, text)
  }
  if (wanted.size === 0 && policies.size === 0)
    return "State which tags may be released, e.g. `--tag 'semver:~0.2'`; without a policy there is nothing to automate."
  draft.set(located, ["metadata", "annotations", AUTOMATED], "true")
  for (const [name, text] of wanted) draft.set(located, ["metadata", "annotations", `${TAG_PREFIX}${name}`], text)
  return undefined
}

const subjects: Readonly<Record<WorkloadVerb, string>> = {
  automate: "Automate",
  deautomate: "Stop automating",
  lock: "Lock",
  unlock: "Unlock",
}

function messageOf(wish: Switch, revision: string): CommitMessage {
  const { kind, namespace, name } = wish.workload
  const policy = wish.verb === "automate" ? Object.values(wish.policy ?? {}).join(", ") : ""
  const reason = wish.reason ?? wish.message ?? `${wish.cause} asked for it.`
  return {
    subject: `${subjects[wish.verb]} ${name}${policy === "" ? "" : ` by ${policy}`}`,
    body: reason,
    trailers: [
      ["Serin-Kind", wish.verb],
      ["Serin-Workload", `${kind} ${namespace}/${name}`],
      ["Serin-Cause", wish.cause],
      ["Serin-Reason", reason],
      ["Serin-Id", hashOf({ ...wish, revision }).slice("sha256:".length, "sha256:".length + 20)],
    ],
    ...(wish.author !== undefined && { author: wish.author }),
  }
}
