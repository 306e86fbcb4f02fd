import { Agent, request } from "node:http"
import { podinfoHost } from "../../../packages/cli/src/story/outside.ts"

export interface SteadyLoad {
  readonly sent: () => number
  readonly failed: () => number
  /** When a request failed last, ms since the epoch; 0: never. */
  readonly lastFailure: () => number
  /** Resolves when every request that was sent has ended; `failures`: when those that failed were sent, ms since the epoch. */
  stop(): Promise<{ readonly sent: number; readonly failures: readonly number[] }>
}

const timeoutMs = 5_000

/** So many requests each second to an ingress gateway, whatever becomes of them, as people send them. */
export function startSteadyLoad(ingress: string, perSecond: number): SteadyLoad {
  const agent = new Agent({ keepAlive: true, maxSockets: 100 })
  const open = new Set<Promise<boolean>>()
  let sent = 0
  const failures: number[] = []
  let lastFailure = 0
  const send = async (): Promise<void> => {
    sent += 1
    const sentAt = Date.now()
    const answer = ask(ingress, agent)
    open.add(answer)
    const ok = await answer
    open.delete(answer)
    if (ok) return
    failures.push(sentAt)
    lastFailure = Date.now()
  }
  const timer = setInterval(() => void send(), 1000 / perSecond)
  return {
    sent: () => sent,
    failed: () => failures.length,
    lastFailure: () => lastFailure,
    async stop() {
      clearInterval(timer)
      await Promise.all(open)
      agent.destroy()
      return { sent, failures }
    },
  }
}

function ask(ingress: string, agent: Agent): Promise<boolean> {
  return new Promise((resolve) => {
    const options = { agent, headers: { host: podinfoHost }, timeout: timeoutMs }
    const outgoing = request(new URL("/version", ingress), options, (answer) => {
      answer.resume()
      answer.on("end", () => resolve(answer.statusCode === 200))
      answer.on("error", () => resolve(false))
    })
    outgoing.on("timeout", () => outgoing.destroy())
    outgoing.on("error", () => resolve(false))
    outgoing.end()
  })
}
