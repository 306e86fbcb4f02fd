import { readFile } from "node:fs/promises"
import { parseLine } from "./cri-line.ts"

/** The text of the last lines of a container's log, at most so many lines and bytes. */
export async function readLastLines(path: string, lines: number, bytes: number): Promise<string> {
  const whole = await readFile(path)
  const rows = whole
    .toString("utf8")
    .split("\n")
    .slice(-lines - 1)
  const text = rows.flatMap((row) => {
    const parsed = parseLine(Buffer.from(row))
    return parsed === undefined ? [] : [parsed.text.toString("utf8") + (parsed.isPart ? "" : "\n")]
  })
  return text.join("").slice(-bytes)
}
