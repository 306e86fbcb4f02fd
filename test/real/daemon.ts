import { spawn, type ChildProcess } from "node:child_process"
import { randomInt } from "node:crypto"
import { closeSync, openSync, readFileSync } from "node:fs"
import { createServer } from "node:net"

/** A program of the real world that runs until it is stopped. */
export interface Daemon {
  readonly name: string
  readonly pid: number
  /** SIGKILL, as a crash. Resolves when the process is gone. */
  kill(): Promise<void>
  /** Lets it stand still, with all its connections open, for so long. */
  pause(ms: number): Promise<void>
  /** SIGTERM, and SIGKILL if it is still there after `graceMs`. Resolves when the process is gone. */
  stop(graceMs?: number): Promise<void>
  /** The end of its log, for an error message. */
  tail(): string
  /** Set as soon as the process has ended by itself. */
  exited(): string | undefined
}

const running = new Set<ChildProcess>()
// A crash of the test run must leave no process: nothing asynchronous can run here, so no grace.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL")
})

/** Starts a program with its output at the end of `logFile`. Of this process's environment it gets PATH only. */
export function startDaemon(
  name: string,
  command: string,
  args: readonly string[],
  logFile: string,
  environment: Readonly<Record<string, string>> = {},
): Daemon {
  const log = openSync(logFile, "a")
  const child = spawn(command, args, {
    stdio: ["ignore", log, log],
    env: { PATH: process.env["PATH"] ?? "", ...environment },
  })
  closeSync(log)
  running.add(child)
  let end: string | undefined
  const ended = new Promise<void>((resolve) => {
    const finish = (text: string) => {
      end ??= text
      running.delete(child)
      resolve()
    }
    child.once("exit", (code, signal) => finish(`exit ${String(code ?? signal)}`))
    child.once("error", (error) => finish(error.message))
  })
  return {
    name,
    pid: child.pid ?? -1,
    tail: () => readFileSync(logFile, "utf8").trimEnd().split("\n").slice(-15).join("\n"),
    exited: () => end,
    async kill() {
      child.kill("SIGKILL")
      await ended
    },
    async pause(ms) {
      child.kill("SIGSTOP")
      await new Promise((resolve) => setTimeout(resolve, ms))
      child.kill("SIGCONT")
    },
    async stop(graceMs = 5_000) {
      if (end !== undefined) return
      child.kill("SIGTERM")
      const force = setTimeout(() => child.kill("SIGKILL"), graceMs)
      await ended
      clearTimeout(force)
    },
  }
}

/** Waits until `probe` holds; a daemon that has ended or a passed deadline is an error with the end of its log. */
export async function untilReady(daemon: Daemon, probe: () => Promise<boolean>, deadlineMs: number): Promise<void> {
  const deadline = Date.now() + deadlineMs
  for (;;) {
    const end = daemon.exited()
    if (end !== undefined) throw new Error(`${daemon.name} ended (${end}) before it was ready:\n${daemon.tail()}`)
    if (await probe()) return
    if (Date.now() > deadline) {
      throw new Error(`${daemon.name} was not ready after ${String(deadlineMs / 1000)} s:\n${daemon.tail()}`)
    }
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
}

// Below 30,000 neither Linux nor Kubernetes gives ports to anybody: one that is free stays so until its daemon listens.
const firstPort = 20_000
const rangeSize = 500
let rangeStart = firstPort + 19 * rangeSize
const given = new Set<number>()

/** Processes that run beside each other take their ports from ranges of their own: this one from the `nth`, from 0 to 18. */
export function takePortsFrom(nth: number): void {
  rangeStart = firstPort + nth * rangeSize
}

/** Ports on loopback that were free a moment ago, all different, and none of them given before. */
export async function freePorts(count: number): Promise<number[]> {
  const ports: number[] = []
  while (ports.length < count) {
    if (given.size === rangeSize) throw new Error("no free port on loopback: is it up?")
    const port = rangeStart + randomInt(rangeSize)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) ports.push(port)
  }
  return ports
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once("error", () => resolve(false))
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)))
  })
}
