import type { AgentEvent, CheckResult, HistoryEntry } from "@serin/agent/api"
import type { Command } from "commander"
import { agentCommand, agentOf, print, type AgentOptions } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { render, type Column } from "../output.ts"

const historyColumns: readonly Column<HistoryEntry>[] = [
  { heading: "WHEN", cell: (row) => row.at },
  { heading: "WHO", cell: (row) => row.who },
  { heading: "KIND", cell: (row) => row.kind },
  { heading: "SUBJECT", cell: (row) => row.subject },
  { heading: "COMMIT", cell: (row) => row.commit?.slice(0, 8) ?? "-" },
  { heading: "FROM", cell: (row) => row.from ?? "-" },
  { heading: "TO", cell: (row) => row.to ?? "-" },
  { heading: "REASON", cell: (row) => row.reason },
]

export function historyCommand(): Command {
  return agentCommand(
    "history",
    "each step: who or what, when, commit, from, to, reason, numbers",
    "serin history --canary podinfo --limit 20",
  )
    .option("--workload <name>", "only this workload")
    .option("--canary <name>", "only this canary")
    .option("--kind <kind>", "release, step, promote, rollback, drift, …")
    .option("--limit <n>", "newest n", "50")
    .action(async (options: AgentOptions & { workload?: string; canary?: string; kind?: string; limit: string }) => {
      const { workload, canary, kind, limit } = options
      const entries = await (
        await agentOf(options)
      ).get<HistoryEntry[]>("/api/v1/history", { workload, canary, kind, limit })
      print(render(options.output, entries, historyColumns))
    })
}

export function eventsCommand(): Command {
  return agentCommand(
    "events",
    "what happens now, one line each, until Ctrl-C; -o json gives one object a line",
    "serin events --since 0",
  )
    .option("--since <seq>", "start after this event (0: all that the agent still has)")
    .action(async (options: AgentOptions & { since?: string }) => {
      for await (const event of (await agentOf(options)).events<AgentEvent>("/api/v1/events", {
        since: options.since,
      })) {
        print(
          options.output === "json"
            ? JSON.stringify(event)
            : `${event.at}  ${event.kind.padEnd(10)} ${event.subject ?? "-"}  ${event.message}`,
        )
      }
    })
}

export function checkCommand(): Command {
  return agentCommand(
    "check",
    "test every connection and permission; says the next step for what is wrong",
    "serin check",
  ).action(async (options: AgentOptions) => {
    const results = await (await agentOf(options)).get<CheckResult[]>("/api/v1/check")
    print(
      render(options.output, results, [
        { heading: "", cell: (row) => (row.ok ? "✓" : "✗") },
        { heading: "CHECK", cell: (row) => row.name },
        {
          heading: "MESSAGE",
          cell: (row) => (row.ok || row.next === undefined ? row.message : `${row.message} → ${row.next}`),
        },
      ]),
    )
    if (results.length === 0 || results.some((result) => !result.ok)) process.exitCode = exitCodes.failed
  })
}

interface QueryAnswer {
  readonly data: { readonly resultType: string; readonly result: unknown }
}
interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value?: readonly [number, string]
  readonly values?: readonly (readonly [number, string])[]
}

export function queryCommand(): Command {
  return agentCommand(
    "query",
    "ask Prometheus through the agent; a query that does not parse says where",
    "serin query 'sum(rate(istio_requests_total[1m])) by (destination_workload)'",
  )
    .argument("<promql>", "the query")
    .option("--range <duration>", "the last …, as a range query (e.g. 5m)")
    .option("--step <duration>", "resolution of a range query", "15s")
    .action(async (query: string, options: AgentOptions & { range?: string; step: string }) => {
      const agent = await agentOf(options)
      const answer = options.range
        ? await agent.get<QueryAnswer>("/api/v1/query_range", {
            query,
            start: String(Date.now() / 1000 - seconds(options.range)),
            end: String(Date.now() / 1000),
            step: options.step,
          })
        : await agent.get<QueryAnswer>("/api/v1/query", { query })
      if (options.output !== "table") return print(render(options.output, [], [], answer))
      if (answer.data.resultType === "scalar" || answer.data.resultType === "string")
        return print(String((answer.data.result as readonly unknown[])[1]))
      print(
        render("table", answer.data.result as readonly Sample[], [
          { heading: "SERIES", cell: (row) => seriesName(row.metric) },
          {
            heading: "VALUE",
            cell: (row) => (row.value ? row.value[1] : (row.values ?? []).map(([, value]) => value).join(" ")),
          },
        ]),
      )
    })
}

function seriesName(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = "", ...labels } = metric
  return `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(", ")}}`
}

function seconds(duration: string): number {
  const units: Readonly<Record<string, number>> = { ms: 0.001, s: 1, m: 60, h: 3600, d: 86_400 }
  let total = 0
  for (const [, amount, unit] of duration.matchAll(/(\d+)(ms|[smhd])/g))
    total += Number(amount) * (units[unit ?? ""] ?? 0)
  return total
}
