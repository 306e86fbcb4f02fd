/** A line of a log in the format of the CRI. */
export interface LogLine {
  /** As written: nanoseconds, UTC. */
  readonly time: string
  readonly stream: "stdout" | "stderr"
  /** The container's line goes on in the next one of this stream. */
  readonly isPart: boolean
  readonly text: Buffer
}

const space = 32

/** Reads a line without its newline; undefined when it is none of a log. */
export function parseLine(line: Buffer): LogLine | undefined {
  const first = line.indexOf(space)
  const second = line.indexOf(space, first + 1)
  const third = line.indexOf(space, second + 1)
  if (first < 0 || second < 0 || third < 0) return undefined
  const stream = line.toString("latin1", first + 1, second)
  if (stream !== "stdout" && stream !== "stderr") return undefined
  const time = line.toString("latin1", 0, first)
  return { time, stream, isPart: line.toString("latin1", second + 1, third) === "P", text: line.subarray(third + 1) }
}
