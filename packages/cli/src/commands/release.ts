import type { ActionResult, ReleaseRequest, ReleaseResult, WorkloadAction } from "@serin/agent/api"
import { InvalidArgumentError, type Command } from "commander"
import { agentCommand, agentOf, parseWorkload, print, type AgentOptions } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { render } from "../output.ts"

interface ReleaseOptions extends AgentOptions {
  readonly tag: string
  readonly container?: string
  readonly reason?: string
  readonly dryRun?: boolean
}

export function releaseCommand(): Command {
  return agentCommand(
    "release",
    "commit a new image of a workload to the config repo; exit code 5 when it is refused",
    "serin release deployment/podinfo-canary --tag 0.2.1 -n test --dry-run",
  )
    .argument("<workload>", "kind/name, or the name of a Deployment")
    .requiredOption("--tag <tag>", "the tag to release")
    .option("--container <name>", "which container, when there are several")
    .option("--reason <text>", "why, for the commit")
    .option("--dry-run", "show the exact diff, the objects and what is refused; commit nothing")
    .action(async (workload: string, options: ReleaseOptions) => {
      const { kind, name } = parseWorkload(workload)
      const request: ReleaseRequest = {
        namespace: options.namespace,
        kind,
        workload: name,
        tag: options.tag,
        ...(options.container === undefined ? {} : { container: options.container }),
        ...(options.reason === undefined ? {} : { reason: options.reason }),
        ...(options.dryRun === undefined ? {} : { dryRun: options.dryRun }),
      }
      const result = await (await agentOf(options)).post<ReleaseResult>("/api/v1/releases", request)
      print(options.output === "table" ? describe(result) : render(options.output, [], [], result))
      if (result.refused.length > 0) process.exitCode = exitCodes.refused
    })
}

function describe(result: ReleaseResult): string {
  const nothing = result.objects.length === 0 && result.refused.length === 0
  return [
    result.diff.trimEnd(),
    ...result.objects.map(
      (object) => `changes  ${object.kind} ${object.namespace}/${object.name}: ${object.from} → ${object.to}`,
    ),
    ...result.refused.map((refusal) => `refused  ${refusal.reason}`),
    nothing ? result.message : "",
    result.dryRun && !nothing ? "dry run  nothing was committed" : "",
    result.commit === undefined ? "" : `commit   ${result.commit}`,
  ]
    .filter((line) => line !== "")
    .join("\n")
}

interface PolicyOptions extends AgentOptions {
  readonly reason?: string
  readonly message?: string
  readonly tag?: Policies
}

/** Tag policy by container, `*` for every one. */
type Policies = Readonly<Record<string, string>>

/** `automate`, `deautomate`, `lock`, `unlock`: four switches of one workload, each a commit. */
export function switchCommands(): Command[] {
  const make = (verb: string, description: string, example: string) =>
    agentCommand(verb, description, example)
      .argument("<workload>", "kind/name, or the name of a Deployment")
      .option("--reason <text>", "why, for the commit")

  const run = (verb: string) => async (workload: string, options: PolicyOptions) => {
    const { kind, name } = parseWorkload(workload)
    const action: WorkloadAction = {
      ...(options.reason === undefined ? {} : { reason: options.reason }),
      ...(options.message === undefined ? {} : { message: options.message }),
      ...(options.tag === undefined ? {} : { policy: options.tag }),
    }
    const path = `/api/v1/workloads/${options.namespace}/${kind.toLowerCase()}/${name}/${verb}`
    const result = await (await agentOf(options)).post<ActionResult>(path, action)
    print(options.output === "table" ? commitLine(result) : render(options.output, [], [], result))
  }

  return [
    make(
      "automate",
      "let a policy release new tags of this workload",
      "serin automate deployment/podinfo-canary -n test --tag 'semver:~0.2'",
    )
      .option("--tag <policy...>", "[container=]policy, e.g. 'semver:~0.2' or 'app=newest:main-*'", addPolicy)
      .action(run("automate")),
    make(
      "deautomate",
      "stop automatic releases of this workload",
      "serin deautomate deployment/podinfo-canary -n test",
    ).action(run("deautomate")),
    make(
      "lock",
      "refuse every release of this workload until it is unlocked",
      "serin lock deployment/podinfo-ga -n test --message 'audit until Friday'",
    )
      .option("--message <text>", "shown to whoever tries")
      .action(run("lock")),
    make("unlock", "allow releases of this workload again", "serin unlock deployment/podinfo-ga -n test").action(
      run("unlock"),
    ),
  ]
}

export const commitLine = (result: ActionResult): string =>
  result.commit === undefined ? result.message : `${result.message}\ncommit   ${result.commit}`

/** `semver:~0.2` is for every container (`*`), `app=semver:~0.2` for one. */
function addPolicy(text: string, before: Policies | undefined): Policies {
  const match = /^(?:([a-z0-9-]+)=)?((?:semver|regexp|alphabetical|newest|digest):.+)$/s.exec(text)
  if (!match?.[2])
    throw new InvalidArgumentError(
      "Write a policy: semver:, regexp:, alphabetical:, newest: or digest: and a pattern, e.g. 'semver:~0.2'.",
    )
  return { ...before, [match[1] ?? "*"]: match[2] }
}
