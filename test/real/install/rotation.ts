import { strictEqual } from "node:assert/strict"
import { mkdir, rename, rm, writeFile } from "node:fs/promises"
import { join } from "node:path"
import { unwrap } from "../../../packages/agent/src/errors.ts"
import {
  createKubeClient,
  inClusterCredentials,
  type KubeClient,
  type KubeObject,
} from "../../../packages/agent/src/kube/index.ts"
import { systemClock } from "../../../packages/agent/src/runtime/index.ts"
import type { InstallCase } from "./case.ts"
import { until } from "./cluster.ts"
import { ask } from "./program.ts"

export interface RotationOptions {
  readonly kube: KubeClient
  readonly kubectl: readonly string[]
  readonly env: Readonly<Record<string, string>>
  readonly plane: { readonly url: string; readonly ca: string; readonly folder: string }
}

const namespace = "rotation"
const secret = { apiVersion: "v1", kind: "Secret", namespace, name: "bound" }
const configMap = (name: string) => ({ apiVersion: "v1", kind: "ConfigMap", metadata: { name, namespace } })

/** The API server's own idea of a token that is no longer good. */
export function rotationCases({ kube, kubectl, env, plane }: RotationOptions): InstallCase[] {
  const folder = join(plane.folder, "account")
  const token = async (...more: string[]): Promise<string> => {
    const [program = "", ...before] = kubectl
    const { stdout } = await ask(program, [...before, "-n", namespace, "create", "token", "agent", ...more], env)
    return stdout.trim()
  }
  const write = async (text: string): Promise<void> => {
    await writeFile(join(folder, "token.new"), text, { mode: 0o600 })
    await rename(join(folder, "token.new"), join(folder, "token"))
  }
  return [
    {
      name: "rotation/a token that is revoked in the middle is read anew, and no request is lost",
      run: async () => {
        const rbac = { apiVersion: "rbac.authorization.k8s.io/v1", kind: "RoleBinding" }
        const objects = [
          { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
          { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "agent", namespace } },
          { apiVersion: "v1", kind: "Secret", metadata: { name: secret.name, namespace } },
          {
            ...rbac,
            metadata: { name: "agent", namespace },
            roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "admin" },
            subjects: [{ kind: "ServiceAccount", name: "agent", namespace }],
          },
        ] as KubeObject[]
        for (const object of objects) unwrap(await kube.apply(object))
        await mkdir(folder, { recursive: true })
        await writeFile(join(folder, "ca.crt"), plane.ca)
        const bound = await token("--bound-object-kind", "Secret", "--bound-object-name", secret.name)
        await write(bound)
        const { hostname: host, port } = new URL(plane.url)
        const agent = createKubeClient(await inClusterCredentials({ host, port, folder }, systemClock))
        // What shows that the server has come to refuse the old one, which it remembers as good for 10 seconds.
        const old = createKubeClient({
          server: plane.url,
          access: async () => ({ tls: { ca: plane.ca }, headers: { authorization: `Bearer ${bound}` } }),
        })
        try {
          await until("the account has its rights", async () => (await agent.apply(configMap("first"))).ok)
          await write(await token())
          unwrap(await kube.delete(secret))
          let sent = 0
          await until("the old token is refused", async () => {
            sent += 1
            unwrap(await agent.apply(configMap(`at-${sent}`)))
            const refused = await old.get({ apiVersion: "v1", kind: "ConfigMap", namespace, name: "first" })
            return !refused.ok && refused.error.httpStatus === 401
          })
          unwrap(await agent.apply(configMap("last")))
          const listed = await kube.list({ apiVersion: "v1", kind: "ConfigMap" }, { namespace })
          const made = unwrap(listed).items.filter(({ metadata }) => /^(at-|last|first)/.test(metadata.name))
          strictEqual(made.length, sent + 2)
        } finally {
          await agent.close()
          await old.close()
          await rm(folder, { recursive: true })
        }
      },
    },
  ]
}
