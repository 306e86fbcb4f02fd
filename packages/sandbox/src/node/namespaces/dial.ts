import { spawn } from "node:child_process"
import { connect, type Socket } from "node:net"
import { Duplex } from "node:stream"
import { NodeError } from "../node.ts"
import { takeLine } from "../wire/lines.ts"

/** Pods are on this machine: one that does not answer in this time will not. */
const connectLimit = 10_000

/** Joins its stdio to a port of its own loopback; the first line says whether that went well. */
const relay = `const s = require("net").connect({ port: Number(process.argv[1]), host: "localhost", allowHalfOpen: true })
s.once("error", (e) => { process.stdout.write("ECONNREFUSED " + e.message + "\\n"); process.exitCode = 1 })
s.once("connect", () => { process.stdout.write("connected\\n"); process.stdin.pipe(s).pipe(process.stdout) })
`

/** Connections from the world to pods. */
export class PodDialer {
  private readonly open = new Map<string, Set<Socket>>()

  constructor(private readonly nsenter: string) {}

  /** Rejects with an error that has connect(2)'s `code`. */
  dial(ip: string, port: number): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const socket = connect({ host: ip, port, allowHalfOpen: true, noDelay: true })
      const limit = setTimeout(() => {
        socket.destroy(
          Object.assign(new Error(`connect ETIMEDOUT ${ip}:${port}`), { code: "ETIMEDOUT", syscall: "connect" }),
        )
      }, connectLimit)
      // Left in place: once resolved it does nothing, and an error without a listener would end the node process.
      socket.on("error", reject)
      socket.once("close", () => {
        clearTimeout(limit)
        this.open.get(ip)?.delete(socket)
      })
      socket.once("connect", () => {
        clearTimeout(limit)
        this.open.set(ip, (this.open.get(ip) ?? new Set()).add(socket))
        resolve(socket)
      })
    })
  }

  /** From inside the network of `netFile`, to programs that listen on its loopback only. */
  async dialInside(netFile: string, port: number): Promise<Duplex> {
    const child = spawn(this.nsenter, [`--net=${netFile}`, "--", process.execPath, "-e", relay, String(port)], {
      stdio: ["pipe", "pipe", "ignore"],
    })
    const line = await takeLine(child.stdout)
    if (line !== "connected") {
      child.kill("SIGKILL")
      throw new NodeError("CONNECT_FAILED", line ?? `ECONNREFUSED ${port}`)
    }
    const stream = Duplex.from({ readable: child.stdout, writable: child.stdin })
    stream.once("close", () => child.kill("SIGKILL"))
    return stream
  }

  /** Breaks what is open to a pod that goes away: its end of the cable is cut before it could say goodbye. */
  drop(ip: string): void {
    for (const socket of this.open.get(ip) ?? []) socket.destroy()
    this.open.delete(ip)
  }
}
