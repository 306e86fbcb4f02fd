import { spawn } from "node:child_process"
import { join } from "node:path"
import { Command } from "commander"
import { layout } from "../sandbox/layout.ts"

/** `serin load …` is the load generator that pods of the embedded world have as `hey`, for use on this machine. */
export function loadCommand(): Command {
  return new Command("load")
    .description("send HTTP load and measure; flags and output of hey")
    .argument("[args...]", "as for hey: -n -c -q -z -m -H -d -t -o csv URL")
    .allowUnknownOption()
    .helpOption(false)
    .addHelpText("after", "\nExample:\n  serin load -z 10s -c 2 -q 5 http://127.0.0.1:9898/version")
    .action(async (args: readonly string[]) => {
      const child = spawn(process.execPath, [join(layout.toolsDir, "hey.mjs"), ...args], { stdio: "inherit" })
      // Ctrl-C reaches the child by itself; it prints its summary and ends.
      process.on("SIGINT", () => undefined)
      process.exitCode = await new Promise<number>((resolve) => child.once("exit", (code) => resolve(code ?? 1)))
    })
}
