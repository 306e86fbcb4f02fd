import { readFileSync } from "node:fs"
import { fileURLToPath } from "node:url"
import { gunzipSync } from "node:zlib"
import { deepStrictEqual, match, ok, rejects, strictEqual } from "node:assert/strict"
import {
  applyInstallation,
  connectionManifests,
  findInstallation,
  installManifests,
  prepareInstallation,
  removeInstallation,
} from "../../../packages/agent/src/install/index.ts"
import { unwrap } from "../../../packages/agent/src/errors.ts"
import {
  serviceAccountUser,
  type Kind,
  type KubeClient,
  type KubeObject,
} from "../../../packages/agent/src/kube/index.ts"
import { systemClock } from "../../../packages/agent/src/runtime/index.ts"
import type { InstallCase } from "./case.ts"
import { namespaced, platformWide } from "./options.ts"

const rbac = "rbac.authorization.k8s.io/v1"
const deployment: Kind = { apiVersion: "apps/v1", kind: "Deployment" }
const applyAccount = serviceAccountUser("serin-system", "serin-apply")
const team = { ...namespaced, name: "team", scope: { platformWide: false, namespaces: ["team-a"] } }

const definitions = fileURLToPath(new URL("../../../packages/sandbox/data/istio-crds.json.gz", import.meta.url))

/** The API server and its admission take every object, strictly validated. */
export function applyCases(kube: KubeClient): InstallCase[] {
  return [
    {
      name: "apply/Istio's definitions, that its kinds are known",
      run: async () => {
        const crds = JSON.parse(gunzipSync(readFileSync(definitions)).toString("utf8")) as KubeObject[]
        for (const crd of crds) unwrap(await kube.apply(crd))
      },
    },
    {
      name: "apply/an installation for two namespaces",
      run: () => applyInstallation(kube, installManifests(namespaced), systemClock),
    },
    {
      name: "apply/the same again",
      run: () => applyInstallation(kube, installManifests(namespaced), systemClock),
    },
    {
      name: "apply/the agent's pods are admitted to a namespace that enforces the restricted profile",
      run: () =>
        until("3 pods of the agent", async () => {
          const namespace = unwrap(await kube.get({ apiVersion: "v1", kind: "Namespace", name: "serin-system" }))
          strictEqual(namespace.metadata.labels?.["pod-security.kubernetes.io/enforce"], "restricted")
          const labelSelector = "app.kubernetes.io/component=agent"
          const pods = await kube.list({ apiVersion: "v1", kind: "Pod" }, { namespace: "serin-system", labelSelector })
          return unwrap(pods).items.length === 3
        }),
    },
    {
      name: "apply/a tenant connects a repository with an administrator's rights in one namespace",
      run: () => connectTenant(kube),
    },
  ]
}

async function connectTenant(kube: KubeClient): Promise<void> {
  const user = { user: "anna", groups: ["system:authenticated"] }
  const bind = (name: string, roleRef: string) => ({
    apiVersion: rbac,
    kind: "RoleBinding",
    metadata: { name, namespace: "team-a" },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: roleRef },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "User", name: user.user }],
  })
  const istio = {
    apiVersion: rbac,
    kind: "ClusterRole",
    metadata: { name: "istio-for-tenants" },
    rules: [
      {
        apiGroups: ["networking.istio.io"],
        resources: ["virtualservices", "destinationrules", "gateways"],
        verbs: ["get", "list", "watch", "create", "patch", "delete"],
      },
    ],
  }
  const namespace = { apiVersion: "v1", kind: "Namespace", metadata: { name: "team-a" } }
  for (const object of [namespace, istio, bind("admin", "admin"), bind("istio", "istio-for-tenants")])
    unwrap(await kube.apply(object))
  await until("the tenant may use our kinds", async () => {
    const repository = { apiVersion: "serin.dev/v1alpha1", kind: "Repository", namespace: "team-a", name: "none" }
    const got = await kube.as(user).get(repository)
    return !got.ok && got.error.code === "KUBE_NOT_FOUND"
  })
  await applyInstallation(kube.as(user), connectionManifests("team-a", team), systemClock)
}

/** What the API does for the agent, with the token of its account. */
export function deedCases(agent: () => KubeClient): InstallCase[] {
  const configMap = (namespace: string) => ({
    apiVersion: "v1",
    kind: "ConfigMap",
    metadata: { name: "delivered", namespace },
    data: { x: "1" },
  })
  const refused = async (doing: Promise<{ ok: boolean; error?: { message: string } }>, why: RegExp) =>
    match((await doing).error?.message ?? "it was allowed", why)
  return [
    {
      name: "deeds/applies in the name of the account, in a namespace that was named",
      run: async () => unwrap(await agent().as(applyAccount).apply(configMap("shop"))),
    },
    {
      name: "deeds/does so for a tenant with the tenant's account",
      run: async () => unwrap(await agent().as(serviceAccountUser("team-a", "serin-apply")).apply(configMap("team-a"))),
    },
    {
      name: "deeds/is refused in another namespace",
      run: () =>
        refused(
          agent().as(applyAccount).apply(configMap("default")),
          /serin-apply" cannot patch resource "configmaps"/,
        ),
    },
    {
      name: "deeds/is refused a tenant's namespace with the platform's account",
      run: () => refused(agent().as(applyAccount).apply(configMap("team-a")), /cannot patch resource "configmaps"/),
    },
    {
      name: "deeds/is refused without an account",
      run: () => refused(agent().apply(configMap("shop")), /serin" cannot patch resource "configmaps"/),
    },
    {
      name: "deeds/is refused the name of an account that no Repository names",
      run: () =>
        refused(
          agent().as(serviceAccountUser("kube-system", "default")).apply(configMap("shop")),
          /cannot impersonate/,
        ),
    },
    {
      name: "deeds/reads the tenant's secrets that the Repository names, and no other",
      run: async () => {
        const secret = { apiVersion: "v1", kind: "Secret", namespace: "team-a" }
        unwrap(await agent().get({ ...secret, name: "serin-auth-team" }))
        await refused(agent().get({ ...secret, name: "another" }), /cannot get resource "secrets"/)
      },
    },
  ]
}

/** After all others: it removes what they have made. */
export function removalCases(kube: KubeClient): InstallCase[] {
  const workload = {
    ...deployment,
    metadata: { name: "shop", namespace: "shop" },
    spec: {
      replicas: 1,
      selector: { matchLabels: { app: "shop" } },
      template: { metadata: { labels: { app: "shop" } }, spec: { containers: [{ name: "shop", image: "shop:1" }] } },
    },
  }
  const request = { ...platformWide, access: { knownHosts: "x" } }
  return [
    {
      name: "scope/what an earlier installation gave is told",
      run: async () => {
        const fewer = { ...request, scope: { platformWide: false, namespaces: ["shop"] } }
        deepStrictEqual((await prepareInstallation(fewer, kube)).alsoGranted, ["pay"])
      },
    },
    {
      name: "scope/a narrower one is refused while an earlier platform-wide binding is there",
      run: async () => {
        await applyInstallation(kube, installManifests(platformWide), systemClock)
        const narrower = { ...request, scope: { platformWide: false, namespaces: ["shop"] } }
        await rejects(prepareInstallation(narrower, kube), { next: /kubectl delete clusterrolebinding serin-apply/ })
      },
    },
    {
      name: "uninstall/removes all that was made, and nothing that was delivered",
      run: async () => {
        const made = unwrap(await kube.as(applyAccount).apply<KubeObject>(workload))
        await removeInstallation(kube, await findInstallation(kube, { crds: false }), systemClock)
        await until(
          "the namespace is gone",
          async () => !(await kube.get({ apiVersion: "v1", kind: "Namespace", name: "serin-system" })).ok,
        )
        deepStrictEqual(await findInstallation(kube, { crds: false }), [])
        const left = unwrap(await kube.get({ ...deployment, namespace: "shop", name: "shop" }))
        strictEqual(left.metadata.uid, made.metadata.uid)
        ok((await kube.list({ apiVersion: "serin.dev/v1alpha1", kind: "Canary" })).ok)
      },
    },
    {
      name: "uninstall/with --crds removes the definitions",
      run: async () => {
        await removeInstallation(kube, await findInstallation(kube, { crds: true }), systemClock)
        await until("the definitions are gone", async () => {
          const crds = await kube.list({ apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" })
          return unwrap(crds).items.every(({ metadata }) => !metadata.name.endsWith(".serin.dev"))
        })
      },
    },
  ]
}

export async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  const deadline = Date.now() + 60_000
  while (!(await holds())) {
    if (Date.now() > deadline) throw new Error(`not within 60 s: ${what}`)
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}
