import type { CanaryState, RepositoryState, State, WorkloadState } from "@serin/agent/api"
import type { Command } from "commander"
import { agentCommand, agentOf, print, type AgentOptions } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { render, table, type Column } from "../output.ts"

const short = (commit: string | undefined) => commit?.slice(0, 8) ?? "-"

const repositoryColumns: readonly Column<RepositoryState>[] = [
  { heading: "REPOSITORY", cell: (row) => `${row.namespace}/${row.name}` },
  { heading: "BRANCH", cell: (row) => row.branch },
  { heading: "HEAD", cell: (row) => short(row.head) },
  { heading: "APPLIED", cell: (row) => short(row.applied) },
  { heading: "READY", cell: (row) => (row.suspended ? "suspended" : row.ready ? "yes" : "no") },
  { heading: "MESSAGE", cell: (row) => row.message },
]

export const workloadColumns: readonly Column<WorkloadState>[] = [
  { heading: "NAMESPACE", cell: (row) => row.namespace },
  { heading: "WORKLOAD", cell: (row) => `${row.kind.toLowerCase()}/${row.name}` },
  { heading: "READY", cell: (row) => `${row.ready.ready}/${row.ready.desired}` },
  { heading: "IMAGE", cell: (row) => row.containers.map((container) => container.image).join(",") },
  { heading: "NEWEST", cell: (row) => row.containers.map((container) => container.newest ?? "-").join(",") },
  {
    heading: "POLICY",
    cell: (row) => (row.locked ? `locked: ${row.locked.message}` : row.automated ? "automated" : "manual"),
  },
  { heading: "SYNC", cell: (row) => row.sync },
  { heading: "HEALTH", cell: (row) => (row.health === "current" ? row.health : `${row.health}: ${row.message}`) },
]

/** An image whose registry does not answer: what was newest there is what was last heard. */
interface Unlisted {
  readonly image: string
  readonly why: string
}

const unlistedColumns: readonly Column<Unlisted>[] = [
  { heading: "NOT LISTED", cell: (row) => row.image },
  { heading: "WHY", cell: (row) => row.why },
]

function unlistedImages(workloads: readonly WorkloadState[]): readonly Unlisted[] {
  const containers = workloads.flatMap((workload) => workload.containers)
  const why = new Map(
    containers.flatMap(({ image, unlisted }) =>
      unlisted === undefined ? [] : [[image.replace(/(:[^/:]*)?(@.*)?$/, ""), unlisted]],
    ),
  )
  return [...why].map(([image, reason]) => ({ image, why: reason }))
}

export const canaryColumns: readonly Column<CanaryState>[] = [
  { heading: "CANARY", cell: (row) => `${row.namespace}/${row.name}` },
  { heading: "PHASE", cell: (row) => row.phase },
  { heading: "REVISION", cell: (row) => row.revision.replace(/@sha256:(\w{12})\w+/, "@$1") },
  { heading: "STEP", cell: (row) => `${row.step}/${row.steps.length}` },
  { heading: "WEIGHT", cell: (row) => `${row.weight}%` },
  {
    heading: "OBSERVED",
    cell: (row) => (row.observedWeight === undefined ? "-" : `${row.observedWeight.toFixed(1)}%`),
  },
  { heading: "MESSAGE", cell: (row) => row.message },
]

const noWorkloads = "No workloads yet: they come with the first sync."
export const noCanaries = "No canaries: commit a Canary to the config repository to get one."

export function statusCommand(): Command {
  return agentCommand(
    "status",
    "repositories, workloads and canaries at a glance; exit code 1 when something is not ready",
    "serin status",
  ).action(async (options: AgentOptions) => {
    const state = await (await agentOf(options)).get<State>("/api/v1/state")
    if (options.output === "table") {
      const unlisted = unlistedImages(state.workloads)
      print(
        [
          table(state.repositories, repositoryColumns, "No repository is connected: run `serin install`."),
          table(state.workloads, workloadColumns, noWorkloads),
          table(state.canaries, canaryColumns, noCanaries),
          ...(unlisted.length === 0 ? [] : [table(unlisted, unlistedColumns)]),
        ].join("\n\n"),
      )
    } else print(render(options.output, [], [], state))
    const ready = state.repositories.length > 0 && state.repositories.every((repository) => repository.ready)
    const healthy = state.workloads.every((workload) => workload.health === "current")
    if (!ready || !healthy) process.exitCode = exitCodes.failed
  })
}

export function workloadsCommand(): Command {
  return agentCommand("workloads", "what runs, what is newest, who decides", "serin workloads -o json").action(
    async (options: AgentOptions) => {
      const { workloads } = await (await agentOf(options)).get<State>("/api/v1/state")
      print(render(options.output, workloads, workloadColumns, workloads, noWorkloads))
    },
  )
}
