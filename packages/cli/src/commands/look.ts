import type { AgentEvent, HistoryEntry } from "@serin/agent/api"
import type { Command } from "commander"
import { agentCommand, agentOf, print, type AgentOptions } from "../command.ts"
import { parseWhole } from "../option-values.ts"
import { render, type Column, type Format } from "../output.ts"

const historyColumns: readonly Column<HistoryEntry>[] = [
  { heading: "WHEN", cell: (row) => toTheSecond(row.at) },
  { heading: "WHO", cell: (row) => row.who },
  { heading: "KIND", cell: (row) => row.kind },
  { heading: "SUBJECT", cell: (row) => row.subject },
  { heading: "COMMIT", cell: (row) => row.commit?.slice(0, 8) ?? "-" },
  { heading: "FROM", cell: (row) => row.from ?? "-" },
  { heading: "TO", cell: (row) => row.to ?? "-" },
  // Of a person's commit there is no more to say than its subject.
  { heading: "REASON", cell: (row) => (row.reason === row.subject ? "-" : row.reason) },
]

/** RFC 3339 without the fraction. */
const toTheSecond = (at: string): string => at.replace(/\.\d+/, "")

export function historyCommand(): Command {
  return agentCommand(
    "history",
    "each step: who or what, when, commit, from, to, reason, numbers",
    "serin history --canary podinfo --limit 20",
  )
    .option("--workload <name>", "only this workload")
    .option("--canary <name>", "only this canary")
    .option("--kind <kind>", "release, step, promote, rollback, drift, …")
    .option("--limit <n>", "newest n", parseWhole(1), 50)
    .action(async (options: AgentOptions & { workload?: string; canary?: string; kind?: string; limit: number }) => {
      const { workload, canary, kind, limit } = options
      const entries = await (
        await agentOf(options)
      ).get<HistoryEntry[]>("/api/v1/history", { workload, canary, kind, limit: String(limit) })
      print(render(options.output, entries, historyColumns, entries, "Nothing in the history is like that."))
    })
}

export function eventsCommand(): Command {
  return agentCommand(
    "events",
    "what happens now, one line each, until Ctrl-C; -o json gives one object a line",
    "serin events --since 0",
  )
    .option(
      "--since <seq>",
      "start after this event (0: all that the agent still has; without it: what happens once connected)",
      parseWhole(0),
    )
    .action(async (options: AgentOptions & { since?: number }) => {
      for await (const event of (await agentOf(options)).events<AgentEvent>("/api/v1/events", {
        since: options.since === undefined ? undefined : String(options.since),
      }))
        print(eventLine(event, options.output))
    })
}

/** One object a line for programs, a document each in YAML, a sentence for people. */
function eventLine(event: AgentEvent, format: Format): string {
  if (format === "json") return JSON.stringify(event)
  if (format === "yaml") return `---\n${render("yaml", [], [], event)}`
  return `${toTheSecond(event.at)}  ${event.kind.padEnd(10)} ${event.subject ?? "-"}  ${event.message}`
}
