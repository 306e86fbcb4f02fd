import type { Command } from "commander"
import { CliError } from "../cli-error.ts"
import { agentCommand, agentOf, print, type AgentOptions } from "../command.ts"
import { parseSeconds } from "../option-values.ts"
import { render } from "../output.ts"

interface QueryAnswer {
  readonly data: { readonly resultType: string; readonly result: unknown }
}
interface Sample {
  readonly metric: Readonly<Record<string, string>>
  readonly value?: readonly [number, string]
  readonly values?: readonly (readonly [number, string])[]
}

interface QueryOptions extends AgentOptions {
  readonly range?: number
  readonly step: number
}

export function queryCommand(): Command {
  return agentCommand(
    "query",
    "ask Prometheus through the agent; a query that does not parse says where",
    "serin query 'sum(rate(istio_requests_total[1m])) by (destination_workload)'",
  )
    .argument("<promql>", "the query")
    .option("--range <duration>", "the last …, as a range query (e.g. 5m)", parseSeconds)
    .option("--step <duration>", "resolution of a range query", parseSeconds, 15)
    .action(async (query: string, options: QueryOptions) => {
      const answer = await ask(query, options).catch((error: unknown) => {
        throw error instanceof CliError ? pointedAt(error, query) : error
      })
      if (options.output !== "table") return print(render(options.output, [], [], answer))
      const { resultType, result } = answer.data
      if (resultType === "scalar" || resultType === "string") return print(String((result as readonly unknown[])[1]))
      const rows = result as readonly Sample[]
      print(
        render(
          "table",
          rows,
          [
            { heading: "SERIES", cell: (row) => seriesName(row.metric) },
            {
              heading: resultType === "matrix" ? "VALUES" : "VALUE",
              cell: (row) => (row.value ? row.value[1] : (row.values ?? []).map(([, value]) => value).join(" ")),
            },
          ],
          rows,
          "No series match.",
        ),
      )
    })
}

async function ask(query: string, options: QueryOptions): Promise<QueryAnswer> {
  const agent = await agentOf(options)
  if (options.range === undefined) return agent.get<QueryAnswer>("/api/v1/query", { query })
  const end = Date.now() / 1000
  return agent.get<QueryAnswer>("/api/v1/query_range", {
    query,
    start: String(end - options.range),
    end: String(end),
    step: String(options.step),
  })
}

/** The line of the query that the error is about, with a mark below the place. */
function pointedAt(error: CliError, query: string): CliError {
  const { position } = error
  const line = position && query.split("\n")[position.line - 1]
  if (position === undefined || line === undefined) return error
  const what = error.message.replace(/^.*\d+:\d+: parse error: /, "")
  const place = position.line === 1 ? `column ${position.column}` : `line ${position.line}, column ${position.column}`
  const mark = `${" ".repeat(Math.max(0, position.column - 1))}^`
  return new CliError(
    `the query does not parse at ${place}: ${what}\n         ${line}\n         ${mark}`,
    "Correct it at the mark.",
    error.exitCode,
  )
}

function seriesName(metric: Readonly<Record<string, string>>): string {
  const { __name__: name = "", ...labels } = metric
  return `${name}{${Object.entries(labels)
    .map(([label, value]) => `${label}=${JSON.stringify(value)}`)
    .join(", ")}}`
}
