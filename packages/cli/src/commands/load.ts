import { Command } from "commander"
import { CliError } from "../cli-error.ts"
import { print } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { formats, render, type Format } from "../output.ts"

/** `serin load …` is the load generator that pods of the embedded world have as `hey`, for use on this machine. */
export function loadCommand(): Command {
  return new Command("load")
    .description("send HTTP load and measure; flags and output of hey, or -o json|yaml; exit code 1 without an answer")
    .argument("[args...]", "flags of hey, then the URL")
    .usage("[flags] URL")
    .allowUnknownOption()
    .action(async (args: readonly string[], _options, command: Command) => {
      const { flagsHelp, parseArguments, runToEnd, figures, summary, UsageError } = await import("@serin/sandbox")
      if (args.includes("--help") || args.includes("-h")) {
        print(`${command.helpInformation()}\nFlags:\n${flagsHelp}\n${example}`)
        return
      }
      const { format, rest } = takeFormat(args)
      const options = orUsage(() => parseArguments(rest), UsageError)
      const { results, seconds } = await runToEnd(options, (text) => void process.stdout.write(text))
      if (format !== "table") print(render(format, [], [], figures(results, seconds)))
      else if (!options.csv) print(summary(results, seconds))
      if (results.total.count === 0) process.exitCode = exitCodes.failed
    })
    .helpOption(false)
}

const example = `Example:
  serin load -z 10s -c 2 -q 5 -o json http://127.0.0.1:9898/version`

/** hey knows `-o csv` alone; the formats of all other commands are ours. */
function takeFormat(args: readonly string[]): { readonly format: Format; readonly rest: readonly string[] } {
  const at = args.findIndex((arg) => arg === "-o" || arg === "--output" || /^(-o|--output)=/.test(arg))
  const [, inline] = /=(.*)$/.exec(args[at] ?? "") ?? []
  const format = formats.find((one) => one === (inline ?? args[at + 1]))
  if (at < 0 || format === undefined) return { format: "table", rest: args }
  return { format, rest: args.toSpliced(at, inline === undefined ? 2 : 1) }
}

function orUsage<T>(read: () => T, wrong: abstract new (...args: never[]) => Error): T {
  try {
    return read()
  } catch (error) {
    if (!(error instanceof wrong)) throw error
    throw new CliError(error.message, "See `serin load --help`.", exitCodes.usage)
  }
}
