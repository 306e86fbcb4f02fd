import type { Command } from "commander"

/**
 * A wrong command line is told as every other failure is: what is wrong, then the next step. It ends the command by a
 * CommanderError, so that the exit code is ours. For a command with all that are below it.
 */
export function tellWrongUse(command: Command, path = command.name()): void {
  command.exitOverride().configureOutput({
    outputError: (text, write) => write(wrongUse(text, path)),
  })
  for (const child of command.commands) tellWrongUse(child, `${path} ${child.name()}`)
}

function wrongUse(text: string, path: string): string {
  const [what = "", ...more] = text
    .trim()
    .replace(/^error: /, "")
    .split("\n")
  // A name that was nearly right comes as a line of its own.
  const hints = more.filter((line) => line !== "").map((line) => line.replace(/^\((.*)\)$/, "$1"))
  return [`serin: ${what}`, ...hints.map((hint) => `       ${hint}`), `       See \`${path} --help\`.`, ""].join("\n")
}
