import { mkdirSync, writeFileSync } from "node:fs"
import { connect } from "node:net"
import { join } from "node:path"
import { startDaemon, untilReady, type Daemon } from "../daemon.ts"
import type { ControlPlane } from "../control-plane.ts"
import { nodeName, podNetwork, run } from "./namespaces.ts"

export interface NodeOptions {
  readonly kubernetes: string
  readonly plane: ControlPlane
  readonly folder: string
  /** Registry (`127.0.0.1:5000`) that stands for every registry that images name. */
  readonly registry: string
  /** Of the image of the containers that hold pods' namespaces. */
  readonly pause: string
  readonly dnsAddress: string
}

/** The machine as a node of the cluster. */
export interface Node {
  readonly containerd: Daemon
  readonly kubelet: Daemon
  readonly proxy: Daemon
  /** Kills the kubelet: the node says nothing any more, its containers go on. */
  killKubelet(): Promise<void>
  startKubelet(): void
  close(): Promise<void>
}

const podCniConfig = {
  cniVersion: "1.0.0",
  name: "pods",
  plugins: [
    {
      type: "bridge",
      bridge: "cni0",
      isGateway: true,
      ipMasq: false,
      hairpinMode: true,
      ipam: {
        type: "host-local",
        ranges: [[{ subnet: podNetwork, rangeStart: "10.244.1.1" }]],
        routes: [{ dst: "0.0.0.0/0" }],
      },
    },
    { type: "portmap", capabilities: { portMappings: true } },
  ],
}

/** Starts containerd, kubelet and kube-proxy. Resolves when the node is registered. */
export async function startNode(options: NodeOptions): Promise<Node> {
  const { kubernetes, plane, folder } = options
  const state = join(folder, "node")
  mkdirSync(state, { recursive: true })
  const log = (name: string) => join(folder, `${name}.log`)
  const containerd = startDaemon(
    "containerd",
    "containerd",
    ["--config", containerdConfig(options, state)],
    log("containerd"),
  )
  const socket = join(state, "containerd.sock")
  await untilReady(containerd, () => accepts(socket), 30_000)
  const startKubelet = () =>
    startDaemon("kubelet", kubernetes, ["kubelet", ...kubeletArguments(options, state, socket)], log("kubelet"))
  let kubelet = startKubelet()
  const proxy = startDaemon(
    "kube-proxy",
    kubernetes,
    ["kube-proxy", `--config=${proxyConfig(plane, state)}`],
    log("kube-proxy"),
  )
  return {
    containerd,
    get kubelet() {
      return kubelet
    },
    proxy,
    killKubelet: () => kubelet.kill(),
    startKubelet() {
      kubelet = startKubelet()
    },
    async close() {
      await kubelet.stop()
      await proxy.stop()
      await containerd.stop()
    },
  }
}

function containerdConfig({ registry, pause }: NodeOptions, state: string): string {
  const hosts = join(state, "certs.d", "_default")
  mkdirSync(hosts, { recursive: true })
  writeFileSync(join(hosts, "hosts.toml"), `[host."http://${registry}"]\n  capabilities = ["pull", "resolve"]\n`)
  mkdirSync(join(state, "cni"), { recursive: true })
  writeFileSync(join(state, "cni", "pods.conflist"), JSON.stringify(podCniConfig))
  const file = join(state, "containerd.toml")
  writeFileSync(
    file,
    `version = 2
root = "${state}/containerd"
state = "${state}/containerd-run"
disabled_plugins = ["io.containerd.snapshotter.v1.btrfs", "io.containerd.snapshotter.v1.zfs", "io.containerd.snapshotter.v1.aufs", "io.containerd.snapshotter.v1.devmapper"]
[grpc]
address = "${state}/containerd.sock"
[ttrpc]
address = "${state}/containerd-ttrpc.sock"
[plugins."io.containerd.grpc.v1.cri"]
sandbox_image = "${pause}"
restrict_oom_score_adj = true
[plugins."io.containerd.grpc.v1.cri".registry]
config_path = "${state}/certs.d"
[plugins."io.containerd.grpc.v1.cri".cni]
bin_dir = "/usr/lib/cni"
conf_dir = "${state}/cni"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc]
runtime_type = "io.containerd.runc.v2"
[plugins."io.containerd.grpc.v1.cri".containerd.runtimes.runc.options]
BinaryName = "/usr/bin/crun"
SystemdCgroup = false
`,
  )
  return file
}

function kubeletArguments({ plane, dnsAddress }: NodeOptions, state: string, socket: string): string[] {
  const config = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    address: "0.0.0.0",
    authentication: { anonymous: { enabled: true }, webhook: { enabled: false } },
    authorization: { mode: "AlwaysAllow" },
    containerRuntimeEndpoint: `unix://${socket}`,
    cgroupDriver: "cgroupfs",
    cgroupRoot: "/",
    cgroupsPerQOS: false,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    localStorageCapacityIsolation: false,
    clusterDNS: [dnsAddress],
    clusterDomain: "cluster.local",
    resolvConf: "",
    serializeImagePulls: false,
    registryPullQPS: 0,
    nodeStatusUpdateFrequency: "2s",
    nodeLeaseDurationSeconds: 8,
    // A laptop's disk is full more often than a node's; nothing here is worth an eviction.
    evictionHard: { "memory.available": "1%", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
    imageGCLowThresholdPercent: 99,
  }
  const file = join(state, "kubelet.json")
  writeFileSync(file, JSON.stringify(config))
  return [
    `--config=${file}`,
    `--kubeconfig=${plane.nodeKubeconfig(nodeName)}`,
    `--hostname-override=${nodeName}`,
    `--root-dir=${join(state, "kubelet")}`,
    `--cert-dir=${join(state, "kubelet-pki")}`,
  ]
}

function proxyConfig(plane: ControlPlane, state: string): string {
  const file = join(state, "kube-proxy.json")
  const config = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig: plane.kubeconfig },
    mode: "nftables",
    clusterCIDR: podNetwork,
    hostnameOverride: nodeName,
    conntrack: { maxPerCore: 0 },
  }
  writeFileSync(file, JSON.stringify(config))
  return file
}

async function accepts(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ path })
    socket.once("connect", () => {
      socket.destroy()
      resolve(true)
    })
    socket.once("error", () => resolve(false))
  })
}

/** SIGKILL for the containers of a pod, or for one of them, past the kubelet. */
export function killContainers(folder: string, pod: string, container?: string): void {
  const ctr = ["--address", join(folder, "node", "containerd.sock"), "--namespace", "k8s.io"]
  const ofPod = `labels."io.kubernetes.pod.name"==${pod}`
  const named = container === undefined ? "" : `,labels."io.kubernetes.container.name"==${container}`
  const found = run("ctr", [...ctr, "containers", "list", "--quiet", `${ofPod}${named}`])
  // A container that has ended before, and was started anew as another, is still listed.
  const running = new Set(
    run("ctr", [...ctr, "tasks", "list"])
      .split("\n")
      .filter((line) => line.includes("RUNNING"))
      .map((line) => line.split(/\s+/)[0]),
  )
  const killed = found.split("\n").filter((one) => running.has(one))
  // A failure that was never made would be survived by anybody.
  if (killed.length === 0) throw new Error(`no container ${container ?? ""} of pod ${pod} runs that could be killed`)
  for (const id of killed) run("ctr", [...ctr, "tasks", "kill", "--signal", "SIGKILL", id])
}
