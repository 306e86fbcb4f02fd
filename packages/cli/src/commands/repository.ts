import type { ActionResult, RepositoryState, State, SyncDiff } from "@serin/agent/api"
import type { Command } from "commander"
import type { AgentClient } from "../agent-client.ts"
import { CliError } from "../cli-error.ts"
import { agentCommand, agentOf, print, type AgentOptions } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { render } from "../output.ts"
import { commitLine } from "./release.ts"

/** `sync`, `suspend`, `resume`, `diff`: what one does with a connected repository. */
export function repositoryCommands(): Command[] {
  const verbs = {
    sync: "fetch and apply now instead of at the next poll",
    suspend: "stop applying this repository; protection of users stays on",
    resume: "apply this repository again",
  } as const
  const switches = Object.entries(verbs).map(([verb, description]) =>
    agentCommand(verb, description, `serin ${verb} config`)
      .argument("[repository]", "[namespace/]name; needed only when there are several")
      .action(async (name: string | undefined, options: AgentOptions) => {
        const agent = await agentOf(options)
        const repository = await pick(agent, name)
        const result = await agent.post<ActionResult>(
          `/api/v1/repositories/${repository.namespace}/${repository.name}/${verb}`,
        )
        print(options.output === "table" ? commitLine(result) : render(options.output, [], [], result))
      }),
  )
  const diff = agentCommand(
    "diff",
    "what a sync would apply and prune now; exit code 1 when there is a difference",
    "serin diff config",
  )
    .argument("[repository]", "[namespace/]name; needed only when there are several")
    .action(async (name: string | undefined, options: AgentOptions) => {
      const agent = await agentOf(options)
      const repository = await pick(agent, name)
      const found = await agent.get<SyncDiff>(`/api/v1/repositories/${repository.namespace}/${repository.name}/diff`)
      print(options.output === "table" ? describe(found) : render(options.output, [], [], found))
      if (found.changes.length > 0 || found.refused.length > 0) process.exitCode = exitCodes.failed
    })
  return [...switches, diff]
}

function describe(diff: SyncDiff): string {
  if (diff.changes.length === 0 && diff.refused.length === 0) return `no difference at ${diff.revision.slice(0, 8)}`
  return [
    ...diff.changes.map((change) => `${change.action} ${change.object}\n${change.diff}`.trimEnd()),
    ...diff.refused.map((refusal) => `refused ${refusal.object}: ${refusal.reason}`),
  ].join("\n")
}

async function pick(agent: AgentClient, name: string | undefined): Promise<RepositoryState> {
  const { repositories } = await agent.get<State>("/api/v1/state")
  const matching = repositories.filter(
    (candidate) => name === undefined || name === candidate.name || name === `${candidate.namespace}/${candidate.name}`,
  )
  const [only, second] = matching
  if (only && !second) return only
  const known = repositories.map((candidate) => `${candidate.namespace}/${candidate.name}`).join(", ") || "none"
  if (!only)
    throw new CliError(
      `there is no repository ${name ?? ""}`.trim(),
      `Connected repositories: ${known}. Connect one with \`serin install\`.`,
      exitCodes.usage,
    )
  throw new CliError("there are several repositories", `Name one of: ${known}.`, exitCodes.usage)
}
