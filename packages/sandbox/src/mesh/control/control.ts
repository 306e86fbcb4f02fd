import type { KubeClient, KubeObject, ResourceRef } from "../../kube/client.ts"
import type { EndpointSlice, Pod, Service } from "../../kube/types.gen.ts"
import type { Log } from "../../log.ts"
import type { MeshSnapshot } from "../snapshot.ts"
import {
  destinationRules,
  gateways,
  virtualServices,
  type DestinationRule,
  type Gateway,
  type VirtualService,
} from "./istio.ts"
import { reportProblems } from "./report.ts"
import { translate, type MeshObjects } from "./translate.ts"

export interface MeshControlOptions {
  readonly client: KubeClient
  /** Takes each new snapshot, first when all objects are known. */
  readonly push: (snapshot: MeshSnapshot) => void
  readonly log: Log
}

const core = (resource: string): ResourceRef => ({ group: "", version: "v1", resource })
const endpointSlices: ResourceRef = { group: "discovery.k8s.io", version: "v1", resource: "endpointslices" }

/** Changes within this time become one snapshot: a rollout changes pods and slices many times in a row. */
const gatherMs = 5
/** Problems are reported when they have lasted: an object may come a moment before the one that it refers to. */
const reportAfterMs = 500

/** What istiod is to Envoy: watches the API and tells the data plane. Istio's CRDs must be served. */
export function startMeshControl({ client, push, log }: MeshControlOptions): { close(): void } {
  const stop = new AbortController()
  let waitingFor = 0
  let last = ""
  let gathering: NodeJS.Timeout | undefined
  let reporting: NodeJS.Timeout | undefined

  const watch = <T extends KubeObject>(ref: ResourceRef): ReadonlyMap<string, T> => {
    const objects = new Map<string, T>()
    waitingFor++
    client.watch<T>(
      ref,
      {},
      ({ type, object }) => {
        const key = `${object.metadata.namespace ?? ""}/${object.metadata.name ?? ""}`
        if (type === "DELETED") objects.delete(key)
        else objects.set(key, object)
        changed()
      },
      stop.signal,
      () => {
        waitingFor--
        changed()
      },
    )
    return objects
  }
  const world = {
    services: watch<Service>(core("services")),
    endpointSlices: watch<EndpointSlice>(endpointSlices),
    pods: watch<Pod>(core("pods")),
    virtualServices: watch<VirtualService>(virtualServices),
    destinationRules: watch<DestinationRule>(destinationRules),
    gateways: watch<Gateway>(gateways),
  }
  const objects = (): MeshObjects => ({
    services: [...world.services.values()],
    endpointSlices: [...world.endpointSlices.values()],
    pods: [...world.pods.values()],
    virtualServices: [...world.virtualServices.values()],
    destinationRules: [...world.destinationRules.values()],
    gateways: [...world.gateways.values()],
  })
  const report = (): void => {
    reporting = undefined
    const present = objects()
    const { problems } = translate(present)
    const reported = [...present.virtualServices, ...present.destinationRules, ...present.gateways]
    reportProblems(client, reported, problems, log).catch((error: unknown) => {
      log("mesh: could not report problems of the configuration", { error: String(error) })
    })
  }
  const renew = (): void => {
    gathering = undefined
    const { snapshot } = translate(objects())
    const text = JSON.stringify(snapshot)
    if (text !== last) {
      last = text
      push(snapshot)
    }
    reporting ??= setTimeout(report, reportAfterMs)
  }
  function changed(): void {
    if (waitingFor === 0 && !stop.signal.aborted) gathering ??= setTimeout(renew, gatherMs)
  }
  return {
    close: () => {
      stop.abort()
      clearTimeout(gathering)
      clearTimeout(reporting)
    },
  }
}
