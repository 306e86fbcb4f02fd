import { spawnSync } from "node:child_process"
import { request } from "node:https"
import type { ControlPlane } from "../control-plane.ts"
import { gateway } from "./namespaces.ts"

interface EndpointPort {
  readonly name: string
  readonly port: number
  readonly protocol?: "TCP" | "UDP"
}

/** kubectl of the cluster's own version, for setting the world up. */
export class Kubectl {
  readonly kubeconfig: string
  readonly #program: string
  readonly #plane: ControlPlane

  constructor(kubernetes: string, plane: ControlPlane) {
    this.#program = kubernetes
    this.#plane = plane
    this.kubeconfig = plane.kubeconfig
  }

  /** An answer of the API, without the cost of a process. Rejects when it is no 200. */
  getJson<T>(path: string): Promise<T> {
    const { url, ca, token } = this.#plane
    return new Promise((resolve, reject) => {
      const call = request(
        `${url}${path}`,
        { ca, headers: { authorization: `Bearer ${token}` }, timeout: 5_000 },
        (answer) => {
          let text = ""
          answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk))
          answer.on("error", reject)
          answer.on("end", () =>
            answer.statusCode === 200
              ? resolve(JSON.parse(text) as T)
              : reject(new Error(`GET ${path}: ${String(answer.statusCode)} ${text.slice(0, 300)}`)),
          )
        },
      )
      call.on("timeout", () => call.destroy(new Error(`GET ${path}: no answer`)))
      call.on("error", reject)
      call.end()
    })
  }

  run(args: readonly string[], input?: string): string {
    const done = spawnSync(this.#program, ["kubectl", ...args], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"], HOME: process.env["HOME"], KUBECONFIG: this.kubeconfig },
      input: input ?? "",
      maxBuffer: 64 << 20,
    })
    if (done.status === 0) return done.stdout
    throw new Error(`kubectl ${args.join(" ")} ended with ${String(done.status)}: ${done.stderr.trim()}`)
  }

  apply(...objects: readonly object[]): void {
    const list = { apiVersion: "v1", kind: "List", items: objects }
    this.run(["apply", "--server-side", "--force-conflicts", "-f", "-"], JSON.stringify(list))
  }

  /** The machine itself as the one endpoint of a Service without selector. */
  endpoints(service: string, namespace: string, ports: readonly EndpointPort[]): object {
    return {
      apiVersion: "discovery.k8s.io/v1",
      kind: "EndpointSlice",
      metadata: { name: `${service}-machine`, namespace, labels: { "kubernetes.io/service-name": service } },
      addressType: "IPv4",
      endpoints: [{ addresses: [gateway], conditions: { ready: true } }],
      ports: ports.map((port) => ({ protocol: "TCP", ...port })),
    }
  }
}
