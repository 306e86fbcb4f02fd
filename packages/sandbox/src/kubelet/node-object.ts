import { arch, cpus, hostname, release, totalmem, type } from "node:os"
import type { Node } from "../kube/types.gen.ts"
import type { Capacity } from "./environment/field-ref.ts"
import { apiTime } from "./status/time.ts"

/** What this machine is, as a Node says it. */
export interface Machine extends Capacity {
  readonly name: string
  readonly architecture: string
  readonly operatingSystem: string
  readonly kernel: string
  readonly osImage: string
  readonly ip: string
}

const architectures: Readonly<Record<string, string>> = { x64: "amd64", ia32: "386" }

export function thisMachine(name: string, ip: string): Machine {
  return {
    name,
    ip,
    cpu: cpus().length,
    memory: totalmem(),
    architecture: architectures[arch()] ?? arch(),
    // Images are Linux ones, whatever runs their programs.
    operatingSystem: "linux",
    kernel: release(),
    osImage: `${type()} on ${hostname()}`,
  }
}

/** The Node object that a kubelet registers. `heartbeat` and `started` are milliseconds since 1970. */
export function nodeObject(machine: Machine, started: number, heartbeat: number): Node {
  const { name, architecture, operatingSystem, kernel, osImage, ip } = machine
  const resources = {
    cpu: String(machine.cpu),
    memory: `${Math.floor(machine.memory / 1024)}Ki`,
    pods: "110",
    "ephemeral-storage": "64Gi",
    "hugepages-1Gi": "0",
    "hugepages-2Mi": "0",
  }
  const condition = (kind: string, status: "True" | "False", reason: string, message: string) => ({
    type: kind,
    status,
    reason,
    message,
    lastHeartbeatTime: apiTime(heartbeat),
    lastTransitionTime: apiTime(started),
  })
  return {
    apiVersion: "v1",
    kind: "Node",
    metadata: {
      name,
      labels: {
        "beta.kubernetes.io/arch": architecture,
        "beta.kubernetes.io/os": operatingSystem,
        "kubernetes.io/arch": architecture,
        "kubernetes.io/hostname": name,
        "kubernetes.io/os": operatingSystem,
        "node-role.kubernetes.io/control-plane": "",
      },
    },
    spec: { podCIDR: "10.244.0.0/16", podCIDRs: ["10.244.0.0/16"] },
    status: {
      capacity: resources,
      allocatable: resources,
      conditions: [
        condition("MemoryPressure", "False", "KubeletHasSufficientMemory", "kubelet has sufficient memory available"),
        condition("DiskPressure", "False", "KubeletHasNoDiskPressure", "kubelet has no disk pressure"),
        condition("PIDPressure", "False", "KubeletHasSufficientPID", "kubelet has sufficient PID available"),
        condition("Ready", "True", "KubeletReady", "kubelet is posting ready status"),
      ],
      addresses: [
        { type: "InternalIP", address: ip },
        { type: "Hostname", address: name },
      ],
      nodeInfo: {
        architecture,
        operatingSystem,
        kernelVersion: kernel,
        osImage,
        kubeletVersion: "v1.36.3",
        kubeProxyVersion: "",
        containerRuntimeVersion: "serin://0.1.0",
        bootID: "",
        machineID: "",
        systemUUID: "",
      },
    },
  }
}
