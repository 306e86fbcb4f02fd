import { startAgent, type Agent, type AgentOptions } from "./agent.ts"
import { systemNamespace } from "./install/index.ts"
import { createKubeClient } from "./kube/index.ts"
import { Election, startStandby } from "./leader/index.ts"

export interface ReplicaOptions extends AgentOptions {
  /** Name among the replicas: the pod's. */
  readonly replica: string
  /** Where other replicas reach this one's API, `host:port`. */
  readonly address: string
  readonly monotonic: () => number
  /** This replica led and does not any more. What it began may be half done: the process has to end, and start anew. */
  readonly onLost: () => void
}

/** How long a leader may be asked for its Lease: less than the time in which it may act without renewing it. */
const leaseTimeoutMs = 3_000

/**
 * One of several replicas. It stands by, answering with the leader's answers, until it leads; then it is the agent. Nothing is
 * followed before that: what the leader needs it reads within a second, and two followers cost the API server twice.
 */
export async function startReplica(options: ReplicaOptions): Promise<Agent> {
  const { credentials, clock, monotonic, log, listen, hooksListen, replica, address } = options
  const kube = createKubeClient(credentials, { timeoutMs: leaseTimeoutMs })
  const hooksAddress = `${address.replace(/:\d+$/, "")}:${hooksListen.port}`
  const candidate = { name: replica, address, hooksAddress }
  const election = new Election({ kube, namespace: systemNamespace, candidate, clock, monotonic, log })
  const standbys = await Promise.all([
    startStandby({ listen, leader: () => election.leader()?.address, metrics: standbyMetrics }),
    startStandby({ listen: hooksListen, leader: () => election.leader()?.hooksAddress }),
  ])
  let closing = false
  let agent: Promise<Agent> | undefined
  const lead = async (): Promise<void> => {
    await election.elected()
    if (closing) return
    await Promise.all(standbys.map((standby) => standby.close()))
    agent = startAgent({ ...options, mayAct: () => election.leads() })
    await agent
    await election.lost()
    if (!closing) options.onLost()
  }
  lead().catch((error: unknown) => {
    log("leading failed", { error: String(error) })
    options.onLost()
  })
  return {
    url: `http://${listen.host}:${listen.port}`,
    close: async () => {
      closing = true
      log("stopping", { leads: election.leads() })
      if (agent === undefined) await Promise.all(standbys.map((standby) => standby.close()))
      else await agent.then((running) => running.close())
      await election.close()
      await kube.close()
    },
  }
}

const standbyMetrics = (): Promise<string> =>
  Promise.resolve("# HELP serin_leader 1 when this replica leads.\n# TYPE serin_leader gauge\nserin_leader 0\n")
