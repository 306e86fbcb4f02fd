import { join } from "node:path"
import type { Pod } from "../../kube/types.gen.ts"

/** All logs of a pod, named as the kubelet's: `test_podinfo-1_UID`. */
export function logFolder(dataDir: string, { metadata }: Pod): string {
  return join(dataDir, "logs", `${metadata.namespace ?? ""}_${metadata.name ?? ""}_${metadata.uid ?? ""}`)
}

/** The log of a container's run; the first is number 0. */
export const logPath = (dataDir: string, pod: Pod, container: string, run: number): string =>
  join(logFolder(dataDir, pod), container, `${run}.log`)
