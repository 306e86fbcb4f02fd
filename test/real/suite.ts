import { spawnSync } from "node:child_process"
import type { Report } from "../contract/harness/report.ts"

/** What `npm run test:real -- NAME` runs. */
export interface RealSuite {
  readonly name: string
  /** For the usage text. */
  readonly about: string
  /** Programs that it starts and the Debian package of each. Without one of them the suite is not begun. */
  readonly packages: Readonly<Record<string, string>>
  /** Adds to the report. A thrown `MissingRequirement` ends the run with exit code 2. */
  run(options: RunOptions): Promise<void>
}

export interface RunOptions {
  /** Only cases whose topic/name holds this text. */
  readonly filter: string
  readonly target: "both" | "real" | "embedded"
  /** Golden files are rewritten. */
  readonly update: boolean
  /** A kubectl other than the judge's, to see that both servers look the same to it too. */
  readonly kubectl: string | undefined
  readonly report: Report
  readonly print: (line: string) => void
}

/** `docker-registry is missing (Debian package docker-registry)`, for each program of the suites that is not there. */
export function missingPrograms(suites: readonly RealSuite[]): string[] {
  const wanted = new Map(suites.flatMap(({ packages }) => Object.entries(packages)))
  return [...wanted]
    .filter(([program]) => !isThere(program))
    .map(([program, debian]) => `${program} is missing: install Debian's package ${debian}`)
}

function isThere(program: string): boolean {
  // Servers live where a user's PATH does not look.
  const path = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program], { env: { PATH: path } }).status === 0
}
