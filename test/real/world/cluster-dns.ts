import { writeFileSync } from "node:fs"
import { join } from "node:path"
import { startDaemon, untilReady, type Daemon } from "../daemon.ts"
import type { Kubectl } from "./kubectl.ts"
import { gateway } from "./namespaces.ts"

/** ClusterIP of Service kube-dns, which the kubelet writes into every pod's resolv.conf. */
export const dnsAddress = "10.96.0.10"

/** CoreDNS beside the cluster, behind the Service that a cluster has for it. */
export async function startClusterDns(coredns: string, kubectl: Kubectl, folder: string): Promise<Daemon> {
  const file = join(folder, "Corefile")
  writeFileSync(
    file,
    `.:53 {
  bind ${gateway}
  errors
  ready ${gateway}:8181
  kubernetes cluster.local in-addr.arpa ip6.arpa {
    kubeconfig ${kubectl.kubeconfig}
    pods insecure
    ttl 5
  }
}
`,
  )
  const daemon = startDaemon("coredns", coredns, ["-conf", file], join(folder, "coredns.log"))
  kubectl.apply(
    {
      apiVersion: "v1",
      kind: "Service",
      metadata: { name: "kube-dns", namespace: "kube-system" },
      spec: {
        clusterIP: dnsAddress,
        ports: [
          { name: "dns", port: 53, protocol: "UDP" },
          { name: "dns-tcp", port: 53, protocol: "TCP" },
        ],
      },
    },
    kubectl.endpoints("kube-dns", "kube-system", [
      { name: "dns", port: 53, protocol: "UDP" },
      { name: "dns-tcp", port: 53, protocol: "TCP" },
    ]),
  )
  await untilReady(
    daemon,
    () =>
      fetch(`http://${gateway}:8181/ready`).then(
        (answer) => answer.ok,
        () => false,
      ),
    30_000,
  )
  return daemon
}
