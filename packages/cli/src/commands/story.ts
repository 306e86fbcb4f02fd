import { Command, InvalidArgumentError } from "commander"
import { print } from "../command.ts"
import { exitCodes } from "../exit-codes.ts"
import { onStopSignal } from "../exit-handler.ts"

export interface StoryOptions {
  readonly exit?: boolean
  readonly empty?: boolean
  readonly pace: number
  readonly dataDir?: string
}

/** What `npm start` runs. */
export function storyCommand(): Command {
  return new Command("story")
    .description("play the whole story on an embedded world, step by step, and say what was observed")
    .option("--exit", "end after the story; exit code 0 only when every step was observed, 3 when steps were skipped")
    .option("--empty", "boot the world without playing")
    .option("--pace <seconds>", "pause between steps, for watching", parsePace, 0)
    .option("--data-dir <dir>", "where the world's state goes (default: a fresh temporary folder)")
    .addHelpText("after", "\nExample:\n  serin story --exit --pace 2")
    .action(async (options: StoryOptions) => {
      const { playStory } = await import("../story/play-story.ts")
      const story = await playStory({
        play: !options.empty,
        pace: options.pace * 1000,
        ...(options.dataDir === undefined ? {} : { dataDir: options.dataDir }),
        show: print,
        onStop: onStopSignal,
      })
      if (options.exit) {
        await story.close()
        process.exitCode = story.results.includes("not seen")
          ? exitCodes.failed
          : story.results.includes("skipped")
            ? exitCodes.skipped
            : exitCodes.ok
      }
    })
}

function parsePace(text: string): number {
  const seconds = Number(text)
  if (Number.isNaN(seconds) || seconds < 0 || seconds > 600) throw new InvalidArgumentError("Seconds, 0 to 600.")
  return seconds
}
