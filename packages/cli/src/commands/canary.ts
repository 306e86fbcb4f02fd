import type { ActionResult, CanaryAction, CanaryState, State } from "@serin/agent/api"
import { Command, InvalidArgumentError } from "commander"
import { agentCommand, agentOf, print, type AgentOptions } from "../command.ts"
import { CliError } from "../cli-error.ts"
import { exitCodes } from "../exit-codes.ts"
import { render, table } from "../output.ts"
import { commitLine } from "./release.ts"
import { canaryColumns, noCanaries } from "./status.ts"

interface CanaryOptions extends AgentOptions {
  readonly reason?: string
  readonly tag?: string
}

/** `serin canary …`: look at a canary and steer it. Each verb that steers is one commit. */
export function canaryCommand(): Command {
  const canary = new Command("canary")
    .description("look at canaries and steer them; each step is a commit")
    .addHelpText("after", "\nExample:\n  serin canary status podinfo -n test")

  canary.addCommand(
    agentCommand("status", "phase, weights, checks, and why it waits", "serin canary status podinfo -n test")
      .argument("[name]", "one canary with its checks; without a name, all")
      .action(async (name: string | undefined, options: AgentOptions) => {
        const { canaries } = await (await agentOf(options)).get<State>("/api/v1/state")
        if (name === undefined) return print(render(options.output, canaries, canaryColumns, canaries, noCanaries))
        const found = canaries.find((candidate) => candidate.name === name && candidate.namespace === options.namespace)
        if (!found)
          throw new CliError(
            `there is no canary ${options.namespace}/${name}`,
            "List them with `serin canary status`.",
            exitCodes.usage,
          )
        print(options.output === "table" ? describe(found) : render(options.output, [], [], found))
      }),
  )

  const verbs = {
    pause: "stay where it is until resumed",
    resume: "go on from where it was paused",
    promote: "give the canary's image to the stable side now",
    abort: "roll back now: weight 0 first, then the commit",
    retry: "try the rejected revision again from the first step",
    adopt: "let this cluster's agent steer the canary",
  } as const
  for (const [verb, description] of Object.entries(verbs)) {
    canary.addCommand(
      agentCommand(verb, description, `serin canary ${verb} podinfo -n test --reason "looks fine"`)
        .argument("<name>", "the canary")
        .option("--reason <text>", "why, for the commit")
        .action((name: string, options: CanaryOptions) => act(verb, name, options)),
    )
  }
  canary.addCommand(
    agentCommand(
      "set-weight",
      "send this share to the canary and pause there",
      "serin canary set-weight podinfo 20 -n test",
    )
      .argument("<name>", "the canary")
      .argument("<percent>", "0 to 100", parsePercent)
      .option("--reason <text>", "why, for the commit")
      .action((name: string, weight: number, options: CanaryOptions) => act("set-weight", name, options, { weight })),
  )
  canary.addCommand(
    agentCommand(
      "clear-rejected",
      "allow a rejected tag to be released again",
      "serin canary clear-rejected podinfo --tag 0.2.2 -n test",
    )
      .argument("<name>", "the canary")
      .option("--tag <tag>", "only this tag; without it, all")
      .option("--reason <text>", "why, for the commit")
      .action((name: string, options: CanaryOptions) => act("clear-rejected", name, options)),
  )
  return canary
}

async function act(verb: string, name: string, options: CanaryOptions, extra: CanaryAction = {}): Promise<void> {
  const action: CanaryAction = {
    ...extra,
    ...(options.reason === undefined ? {} : { reason: options.reason }),
    ...(options.tag === undefined ? {} : { tag: options.tag }),
  }
  const result = await (
    await agentOf(options)
  ).post<ActionResult>(`/api/v1/canaries/${options.namespace}/${name}/${verb}`, action)
  print(options.output === "table" ? commitLine(result) : render(options.output, [], [], result))
}

function describe(canary: CanaryState): string {
  const checks = canary.checks.flatMap((check) => check.metrics.map((metric) => ({ check, metric })))
  return [
    table([canary], canaryColumns),
    "",
    checks.length === 0
      ? "no checks in this step yet"
      : table(checks, [
          { heading: "CHECK", cell: ({ check }) => String(check.index) },
          { heading: "UNTIL", cell: ({ check }) => check.to },
          { heading: "METRIC", cell: ({ metric }) => metric.name },
          { heading: "VALUE", cell: ({ metric }) => metric.value?.toFixed(3) ?? metric.why ?? "-" },
          { heading: "LIMIT", cell: ({ metric }) => metric.limit },
          {
            heading: "VERDICT",
            cell: ({ check: { verdict }, metric }) =>
              verdict === "excluded" || verdict === "not-shown" ? verdict : metric.verdict,
          },
        ]),
    ...(canary.hooks.length === 0
      ? []
      : [
          "",
          table(canary.hooks, [
            { heading: "HOOK", cell: ({ name, kind }) => (name === kind ? `gate to ${name}` : `${name} (${kind})`) },
            { heading: "ANSWER", cell: ({ answer }) => answer ?? "not asked yet" },
            { heading: "AT", cell: ({ at }) => at ?? "-" },
            { heading: "ATTEMPTS", cell: ({ attempts }) => String(attempts) },
            { heading: "MESSAGE", cell: ({ message }) => message ?? "-" },
          ]),
        ]),
    ...canary.rejected.map((rejected) => `rejected ${rejected.tag}: ${rejected.why}`),
  ].join("\n")
}

function parsePercent(text: string): number {
  const value = Number(text)
  if (!Number.isInteger(value) || value < 0 || value > 100)
    throw new InvalidArgumentError("A weight is a whole number from 0 to 100.")
  return value
}
