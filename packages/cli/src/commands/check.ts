import { checkConnected, checkHooks, checkStanding, systemClock } from "@serin/agent"
import type { CheckResult } from "@serin/agent/api"
import type { Command } from "commander"
import { CliError } from "../cli-error.ts"
import { agentCommand, agentOf, print, type AgentOptions } from "../command.ts"
import { clusterOf } from "../connect.ts"
import { exitCodes } from "../exit-codes.ts"
import { render } from "../output.ts"

export function checkCommand(): Command {
  return agentCommand(
    "check",
    "test every connection and permission; says the next step for what is wrong",
    "serin check",
  ).action(async (options: AgentOptions) => {
    const cluster = await clusterOf(options)
    try {
      // What this machine sees of the cluster holds also where the agent does not answer, and then says why.
      const standing = await checkStanding(cluster, systemClock.now())
      const asked = await askAgent(options)
      const rest = asked.reached ? await checkHooks(cluster) : await checkConnected(cluster)
      const results = [...standing, ...asked.results, ...rest]
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
      if (results.some((result) => !result.ok))
        process.exitCode = asked.reached ? exitCodes.failed : exitCodes.unreachable
    } finally {
      await cluster.close()
    }
  })
}

interface Asked {
  readonly reached: boolean
  readonly results: readonly CheckResult[]
}

async function askAgent(options: AgentOptions): Promise<Asked> {
  try {
    const results = await (await agentOf(options)).get<CheckResult[]>("/api/v1/check")
    return { reached: true, results: [{ name: "agent", ok: true, message: "answers" }, ...results] }
  } catch (error) {
    if (!(error instanceof CliError)) throw error
    return { reached: false, results: [{ name: "agent", ok: false, message: error.message, next: error.next }] }
  }
}
