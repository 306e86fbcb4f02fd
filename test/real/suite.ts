import { spawnSync } from "node:child_process"
import { existsSync } from "node:fs"
import type { Report } from "../contract/harness/report.ts"
import { MissingRequirement } from "./go-program.ts"

/** What `npm run test:real -- NAME` runs. */
export interface RealSuite {
  readonly name: string
  /** For the usage text. */
  readonly about: string
  /** Programs (by name, or files by path) that it needs and the Debian package of each. Without one the suite is not begun. */
  readonly packages: Readonly<Record<string, string>>
  /** Makes other programs that it needs, unless they are there. Done before any suite runs, since it keeps both cores busy. */
  readonly build?: (print: (line: string) => void) => Promise<unknown>
  /** Time is a part of what it looks at: no other suite runs beside it. */
  readonly alone?: true
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
  /** Of what is random; undefined: another one each time. */
  readonly seed: number | undefined
  readonly report: Report
  readonly print: (line: string) => void
}

/** Installs what the suites need and this machine lacks; where that cannot be, says what is missing. */
export function installPrograms(suites: readonly RealSuite[], print: (line: string) => void): void {
  const packages = [...new Set(missing(suites).map(([, debian]) => debian))]
  if (packages.length === 0) return
  if (process.getuid?.() === 0 && isThere("apt-get")) {
    print(`installing ${packages.join(" ")}`)
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" }
    spawnSync("apt-get", ["update", "-qq"], { env, stdio: "ignore" })
    spawnSync("apt-get", ["install", "-y", "-qq", "--no-install-recommends", ...packages], { env, stdio: "ignore" })
  }
  const still = missing(suites).map(([program, debian]) => `${program} is missing: install Debian's package ${debian}`)
  if (still.length > 0) throw new MissingRequirement(still.join("; "))
}

function missing(suites: readonly RealSuite[]): [program: string, debian: string][] {
  const wanted = new Map(suites.flatMap(({ packages }) => Object.entries(packages)))
  return [...wanted].filter(([program]) => !isThere(program))
}

function isThere(program: string): boolean {
  if (program.startsWith("/")) return existsSync(program)
  // Servers live where a user's PATH does not look.
  const path = `${process.env["PATH"] ?? ""}:/usr/local/sbin:/usr/sbin:/sbin`
  return spawnSync("sh", ["-c", 'command -v "$1"', "sh", program], { env: { PATH: path } }).status === 0
}
