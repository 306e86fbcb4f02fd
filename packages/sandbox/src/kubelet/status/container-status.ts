import { formatReference, parseReference } from "../../oci/index.ts"
import type { Container, ContainerState, ContainerStatus } from "../../kube/types.gen.ts"
import type { ContainerRecord, State, Terminated } from "../pod/record.ts"
import { apiTime } from "./time.ts"

/** A container's part of a pod's status. `waitingFor` is the reason when it has none of its own. */
export function containerStatus(container: Container, record: ContainerRecord, waitingFor: string): ContainerStatus {
  const { state, last, image, restartCount, ready, started } = record
  const containerID = state.kind === "waiting" ? last?.containerId : state.containerId
  const { requests } = container.resources ?? {}
  const mounts = container.volumeMounts ?? []
  return {
    name: container.name,
    image: image === undefined ? (container.image ?? "") : wholeReference(image.ref),
    imageID: image === undefined ? "" : `${repositoryOf(image.ref)}@${image.digest}`,
    ...(containerID === undefined ? {} : { containerID }),
    state: apiState(state, waitingFor),
    lastState: last === undefined ? {} : { terminated: apiTerminated(last) },
    restartCount,
    ready,
    started: state.kind === "running" && started,
    ...(requests === undefined ? {} : { allocatedResources: requests }),
    resources: container.resources ?? {},
    // One user of the host is root in every container.
    ...(state.kind === "running" ? { user: { linux: { uid: 0, gid: 0, supplementalGroups: [0] } } } : {}),
    ...(mounts.length === 0
      ? {}
      : {
          volumeMounts: mounts.map(({ name, mountPath, readOnly }) => ({
            name,
            mountPath,
            ...(readOnly === true ? { readOnly, recursiveReadOnly: "Disabled" } : {}),
          })),
        }),
  }
}

function apiState(state: State, waitingFor: string): ContainerState {
  switch (state.kind) {
    case "waiting":
      return {
        waiting: {
          reason: state.reason ?? waitingFor,
          ...(state.message === undefined ? {} : { message: state.message }),
        },
      }
    case "running":
      return { running: { startedAt: apiTime(state.startedAt) } }
    case "terminated":
      return { terminated: apiTerminated(state) }
  }
}

function apiTerminated(end: Terminated) {
  return {
    exitCode: end.exitCode,
    reason: end.reason,
    ...(end.message === undefined || end.message === "" ? {} : { message: end.message }),
    startedAt: apiTime(end.startedAt),
    finishedAt: apiTime(end.finishedAt),
    containerID: end.containerId,
  }
}

const wholeReference = (ref: string): string => formatReference(parseReference(ref))

function repositoryOf(ref: string): string {
  const { host, repository } = parseReference(ref)
  return `${host}/${repository}`
}
