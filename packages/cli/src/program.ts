import { Command, CommanderError } from "commander"
import { canaryCommand } from "./commands/canary.ts"
import { imagesCommand } from "./commands/images.ts"
import { installCommand } from "./commands/install.ts"
import { uninstallCommand } from "./commands/uninstall.ts"
import { agentServerCommand } from "./commands/agent.ts"
import { loadCommand } from "./commands/load.ts"
import { checkCommand } from "./commands/check.ts"
import { eventsCommand, historyCommand } from "./commands/look.ts"
import { queryCommand } from "./commands/query.ts"
import { releaseCommand, switchCommands } from "./commands/release.ts"
import { repositoryCommands } from "./commands/repository.ts"
import { sandboxCommand } from "./commands/sandbox.ts"
import { statusCommand, workloadsCommand } from "./commands/status.ts"
import { storyCommand } from "./commands/story.ts"
import { CliError } from "./cli-error.ts"
import { exitCodes } from "./exit-codes.ts"
import { version } from "./version.ts"
import { tellWrongUse } from "./wrong-use.ts"

/** The whole command line; `report` says how a failure of it ends. */
export function createProgram(): Command {
  const program = new Command("serin")
    .description("Canary releases to Kubernetes and Istio by Git")
    .version(version)
    .addHelpText(
      "after",
      `
Exit codes: 0 done · 1 failed, or a difference found · 2 wrong command line or value · 3 something was skipped · 4 the agent or
cluster cannot be reached · 5 the agent refused it

Example:
  serin sandbox --data-dir /tmp/world`,
    )

  for (const command of [
    sandboxCommand(),
    storyCommand(),
    installCommand(),
    uninstallCommand(),
    checkCommand(),
    statusCommand(),
    workloadsCommand(),
    imagesCommand(),
    releaseCommand(),
    ...switchCommands(),
    canaryCommand(),
    ...repositoryCommands(),
    historyCommand(),
    queryCommand(),
    loadCommand(),
    eventsCommand(),
    agentServerCommand(),
  ]) {
    program.addCommand(command)
  }
  tellWrongUse(program)
  return program
}

/** Tells a failure by its next step, and answers the exit code. */
export function report(error: unknown, tell: (text: string) => void): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.ok : exitCodes.usage
  if (error instanceof CliError) {
    tell(`serin: ${error.message}\n       ${error.next}\n`)
    return error.exitCode
  }
  // Errors of the parts carry a next step under the same name.
  const next =
    error instanceof Error && "next" in error && typeof error.next === "string" ? `\n       ${error.next}` : ""
  tell(`serin: ${error instanceof Error ? error.message : String(error)}${next}\n`)
  if (process.env["SERIN_DEBUG"] !== undefined && error instanceof Error) tell(`${error.stack ?? ""}\n`)
  return codeOf(error)
}

/** Of the parts' own errors. */
function codeOf(error: unknown): number {
  const code = error instanceof Error && "code" in error ? error.code : undefined
  if (code === "KUBE_CREDENTIALS") return exitCodes.usage
  return code === "KUBE_UNREACHABLE" ? exitCodes.unreachable : exitCodes.failed
}
