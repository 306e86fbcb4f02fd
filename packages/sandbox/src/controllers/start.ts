import type { KubeClient } from "../kube/index.ts"
import type { Log } from "../log.ts"
import { startAccounts } from "./accounts/index.ts"
import { startCollector } from "./collector/index.ts"
import { startDeployments } from "./deployment/index.ts"
import { startEndpoints } from "./endpoints/index.ts"
import { CountingRecorder, type EventRecorder } from "./events/index.ts"
import { startJobs } from "./job/index.ts"
import { startNamespaces } from "./namespace/index.ts"
import { startReplicaSets } from "./replicaset/index.ts"
import { startScheduler } from "./scheduler/index.ts"
import type { Context, Controller } from "./runtime/index.ts"

export interface ControllersOptions {
  /** PEM; published to every namespace. */
  readonly certificateAuthority: string
  readonly log: Log
  readonly clock?: () => Date
}

/**
 * What kube-controller-manager and kube-scheduler do: accounts, Deployments, ReplicaSets, Jobs, endpoints of Services,
 * namespace life cycle, garbage collection, and nodes for pods. `clientOf` gives the client of a field manager.
 */
export function startControllers(clientOf: (manager: string) => KubeClient, options: ControllersOptions): Controller {
  const { log, clock = () => new Date(), certificateAuthority } = options
  const recorders: EventRecorder[] = []
  const contextOf = (manager: string): Context => {
    const client = clientOf(manager)
    const recorder = (component: string): EventRecorder => {
      const made = new CountingRecorder(client, component, clock, log)
      recorders.push(made)
      return made
    }
    return { client, clock, log, recorder }
  }
  const manager = contextOf("kube-controller-manager")
  const controllers = [
    startAccounts(manager, certificateAuthority),
    startDeployments(manager),
    startReplicaSets(manager),
    startJobs(manager),
    startEndpoints(manager),
    startNamespaces(manager),
    startCollector(manager),
    startScheduler(contextOf("kube-scheduler")),
  ]
  return {
    async close() {
      await Promise.all(controllers.map((controller) => controller.close()))
      await Promise.all(recorders.map((recorder) => recorder.flush()))
    },
  }
}
