// How long an embedded world takes to be ready, and how much memory all its processes hold before the first pod.
import { spawn } from "node:child_process"
import { once } from "node:events"
import { readdirSync, readFileSync } from "node:fs"

const runs = 5

interface Boot {
  readonly ready: number
  readonly wall: number
  readonly megabytes: number | undefined
}

async function boot(): Promise<Boot> {
  const started = performance.now()
  const child = spawn(process.execPath, ["dist/serin.js", "sandbox"], { stdio: ["ignore", "pipe", "inherit"] })
  let output = ""
  for await (const chunk of child.stdout.setEncoding("utf8")) {
    output += String(chunk)
    if (/ready in \d+ ms/.test(output)) break
  }
  const wall = performance.now() - started
  const megabytes = child.pid === undefined ? undefined : treePss(child.pid)
  child.kill("SIGTERM")
  await once(child, "exit")
  return { ready: Number(/ready in (\d+) ms/.exec(output)?.[1]), wall, megabytes }
}

/** Proportional set size of a process and all its descendants in MB (Linux). */
function treePss(root: number): number | undefined {
  if (process.platform !== "linux") return undefined
  const children = new Map<number, number[]>()
  for (const name of readdirSync("/proc").filter((entry) => /^\d+$/.test(entry))) {
    const stat = read(`/proc/${name}/stat`)
    const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1])
    children.set(parent, [...(children.get(parent) ?? []), Number(name)])
  }
  const sum = (pid: number): number =>
    Number(/^Pss:\s+(\d+)/m.exec(read(`/proc/${pid}/smaps_rollup`))?.[1] ?? 0) +
    (children.get(pid) ?? []).reduce((total, child) => total + sum(child), 0)
  return sum(root) / 1024
}

/** "" for a process that has just ended. */
function read(path: string): string {
  try {
    return readFileSync(path, "utf8")
  } catch {
    return ""
  }
}

const boots: Boot[] = []
for (let run = 0; run < runs; run += 1) boots.push(await boot())
const median = (values: readonly number[]): number =>
  values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? Number.NaN
console.log(
  `ready (said by the world), ms:      ${boots.map(({ ready }) => ready).join(" ")}   median ${median(boots.map(({ ready }) => ready))} (limit 2000)`,
)
console.log(`ready (from starting node), ms:     ${boots.map(({ wall }) => wall.toFixed(0)).join(" ")}`)
console.log(
  `memory before the first pod, MB PSS: ${boots.map(({ megabytes }) => megabytes?.toFixed(0) ?? "not on this system").join(" ")} (limit 250)`,
)
