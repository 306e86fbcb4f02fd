import { because } from "./because.ts"
import { labels, metadataIn, type Manifest } from "./manifest.ts"
import { agentName, leaseName } from "./names.ts"

/** As the API takes it. Each has its reason (`because`). */
export interface Rule {
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

const read = ["get", "list", "watch"]

/**
 * What the agent itself may do in the whole cluster. It may change no workload and read no Secret: applying is done as the service
 * account that a Repository names, by impersonation.
 */
export const clusterRules: readonly Rule[] = [
  because("Follow repositories in all namespaces; patch is for `serin suspend` and `serin resume`.", {
    apiGroups: ["serin.dev"],
    resources: ["repositories"],
    verbs: [...read, "patch"],
  }),
  because("See the canaries and deliveries that Git states.", {
    apiGroups: ["serin.dev"],
    resources: ["canaries", "deliveries"],
    verbs: read,
  }),
  because("Write where a delivery stands, without touching what Git states.", {
    apiGroups: ["serin.dev"],
    resources: ["repositories/status", "canaries/status", "deliveries/status"],
    verbs: ["patch"],
  }),
  because("See what runs and whether it is healthy.", {
    apiGroups: ["apps"],
    resources: ["deployments", "statefulsets", "daemonsets"],
    verbs: read,
  }),
  because("Give a subset traffic only when it has ready pods, and say why pods are stuck.", {
    apiGroups: [""],
    resources: ["pods"],
    verbs: ["list"],
  }),
  because("Find a subset's pods by the Service's selector.", {
    apiGroups: [""],
    resources: ["services"],
    verbs: ["get"],
  }),
  because("See the traffic rules whose weights it steers.", {
    apiGroups: ["networking.istio.io"],
    resources: ["virtualservices", "destinationrules"],
    verbs: read,
  }),
  because("Say what happened where `kubectl describe` shows it; get and patch raise the count of the same event.", {
    apiGroups: [""],
    resources: ["events"],
    verbs: ["create", "get", "patch"],
  }),
  because("Ask who a caller of its API is.", {
    apiGroups: ["authentication.k8s.io"],
    resources: ["tokenreviews"],
    verbs: ["create"],
  }),
  because("Ask whether that caller may do what they ask for.", {
    apiGroups: ["authorization.k8s.io"],
    resources: ["subjectaccessreviews"],
    verbs: ["create"],
  }),
]

/** What it may do in its own namespace only. */
export const namespaceRules: readonly Rule[] = [
  because("Read its settings, and notice when they change.", {
    apiGroups: [""],
    resources: ["configmaps"],
    resourceNames: [agentName],
    verbs: read,
  }),
  because("Make the Lease by which replicas agree on the one that works (create cannot be limited to a name).", {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    verbs: ["create"],
  }),
  because("Take, renew and give up that Lease, and see who has it.", {
    apiGroups: ["coordination.k8s.io"],
    resources: ["leases"],
    resourceNames: [leaseName],
    verbs: ["get", "watch", "update", "patch"],
  }),
]

/** What it may do in a Repository's namespace, for that Repository. */
export const repositoryRules = (secrets: readonly string[], account: string): readonly Rule[] => [
  because(
    "Read and watch the deploy key, hook secrets and message URLs that the Repository names, keys that its canaries sign with, and no other Secret.",
    {
      apiGroups: [""],
      resources: ["secrets"],
      resourceNames: secrets,
      verbs: read,
    },
  ),
  because("Apply in the name of the account that the Repository names, so that it decides what may be applied.", {
    apiGroups: [""],
    resources: ["serviceaccounts"],
    resourceNames: [account],
    verbs: ["impersonate"],
  }),
]

const apply = [...read, "create", "patch", "delete"]

/**
 * What a Repository's account may do in a namespace that was named for it: what a delivery there consists of. Left out on
 * purpose: the Namespace itself (its labels decide on Pod Security and injection), Roles and bindings (nobody gives themselves
 * rights), quotas and limits (set for the namespace, not by it).
 */
export const applyRules: readonly Rule[] = [
  because("The workloads that are delivered.", {
    apiGroups: ["apps"],
    resources: ["deployments", "statefulsets", "daemonsets"],
    verbs: apply,
  }),
  because("Work that runs once or by the clock.", {
    apiGroups: ["batch"],
    resources: ["jobs", "cronjobs"],
    verbs: apply,
  }),
  because("What workloads need beside them. Whoever may start a pod can use the namespace's Secrets anyway.", {
    apiGroups: [""],
    resources: ["services", "configmaps", "secrets", "serviceaccounts", "persistentvolumeclaims", "pods"],
    verbs: apply,
  }),
  because("Who scales a workload, and how many of its pods may be away.", {
    apiGroups: ["autoscaling"],
    resources: ["horizontalpodautoscalers"],
    verbs: apply,
  }),
  because("How many of a workload's pods may be away at once.", {
    apiGroups: ["policy"],
    resources: ["poddisruptionbudgets"],
    verbs: apply,
  }),
  because("The way to the workloads, and who may take it.", {
    apiGroups: ["networking.k8s.io"],
    resources: ["ingresses", "networkpolicies"],
    verbs: apply,
  }),
  because("The routes whose weights are a canary's steps.", {
    apiGroups: ["networking.istio.io"],
    resources: ["virtualservices", "destinationrules", "gateways"],
    verbs: apply,
  }),
  because("How to release, and where the release stands.", {
    apiGroups: ["serin.dev"],
    resources: ["canaries", "deliveries"],
    verbs: apply,
  }),
]

/** What administrators of a namespace may do with our kinds there: connect a repository, say how to release. */
export const tenantRules: readonly Rule[] = [
  because(
    "Whoever administers a namespace connects repositories and canaries there, and gives that right to an account.",
    {
      apiGroups: ["serin.dev"],
      resources: ["repositories", "canaries", "deliveries"],
      verbs: [...apply, "update"],
    },
  ),
]

const group = "rbac.authorization.k8s.io"
const apiVersion = `${group}/v1`

export interface Account {
  readonly namespace: string
  readonly name: string
}

const subject = (account: Account) => ({ kind: "ServiceAccount", ...account })

/** A Role of these rules, and its binding to the account. */
export function grantIn(namespace: string, name: string, rules: readonly Rule[], to: Account): Manifest[] {
  const metadata = metadataIn(namespace, name)
  const roleRef = { apiGroup: group, kind: "Role", name }
  return [
    { apiVersion, kind: "Role", metadata, rules },
    { apiVersion, kind: "RoleBinding", metadata, roleRef, subjects: [subject(to)] },
  ]
}

/** A ClusterRole of these rules, and its binding to the account. */
export function grantEverywhere(name: string, rules: readonly Rule[], to: Account): Manifest[] {
  return [{ apiVersion, kind: "ClusterRole", metadata: { name, labels }, rules }, bindEverywhere(name, name, to)]
}

/** A ClusterRole whose rules Kubernetes adds to its own `admin`. */
export function grantToAdmins(name: string, rules: readonly Rule[]): Manifest {
  const aggregated = { ...labels, "rbac.authorization.k8s.io/aggregate-to-admin": "true" }
  return { apiVersion, kind: "ClusterRole", metadata: { name, labels: aggregated }, rules }
}

/** A binding to a ClusterRole that exists. */
export function bindEverywhere(name: string, clusterRole: string, to: Account): Manifest {
  const roleRef = { apiGroup: group, kind: "ClusterRole", name: clusterRole }
  return { apiVersion, kind: "ClusterRoleBinding", metadata: { name, labels }, roleRef, subjects: [subject(to)] }
}
