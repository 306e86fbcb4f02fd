/** A rule with the reason for which it is there; the reason is printed as a comment and does not go to the API. */
interface JustifiedRule {
  readonly why: string
  readonly apiGroups: readonly string[]
  readonly resources: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly verbs: readonly string[]
}

/**
 * What the agent itself may do in the whole cluster. It may not change workloads: applying is done as the service account that
 * a Repository names, by impersonation.
 */
export const clusterRules: readonly JustifiedRule[] = [
  {
    why: "Follow its own objects in all namespaces and write their status.",
    apiGroups: ["serin.dev"],
    resources: ["repositories", "canaries", "deliveries"],
    verbs: ["get", "list", "watch", "patch"],
  },
  {
    why: "Write where a delivery stands, without touching what Git states.",
    apiGroups: ["serin.dev"],
    resources: ["repositories/status", "canaries/status", "deliveries/status"],
    verbs: ["get", "patch", "update"],
  },
  {
    why: "See what runs and whether it is healthy.",
    apiGroups: ["apps"],
    resources: ["deployments", "replicasets", "statefulsets", "daemonsets"],
    verbs: ["get", "list", "watch"],
  },
  {
    why: "See pods for health and scaling, namespaces for waves.",
    apiGroups: [""],
    resources: ["pods", "namespaces", "services", "configmaps", "serviceaccounts"],
    verbs: ["get", "list", "watch"],
  },
  {
    why: "See jobs that Git states.",
    apiGroups: ["batch"],
    resources: ["jobs", "cronjobs"],
    verbs: ["get", "list", "watch"],
  },
  {
    why: "See traffic rules, whose weights it steers, and notice drift in them.",
    apiGroups: ["networking.istio.io"],
    resources: ["virtualservices", "destinationrules", "gateways"],
    verbs: ["get", "list", "watch"],
  },
  {
    why: "Leave replicas to an autoscaler where there is one.",
    apiGroups: ["autoscaling"],
    resources: ["horizontalpodautoscalers"],
    verbs: ["get", "list", "watch"],
  },
  {
    why: "Wait for CRDs that Git states before their objects.",
    apiGroups: ["apiextensions.k8s.io"],
    resources: ["customresourcedefinitions"],
    verbs: ["get", "list", "watch"],
  },
  {
    why: "Say what happened where kubectl describe shows it.",
    apiGroups: ["events.k8s.io", ""],
    resources: ["events"],
    verbs: ["create", "patch"],
  },
  {
    why: "Ask who a caller of its API is and what they may do.",
    apiGroups: ["authentication.k8s.io"],
    resources: ["tokenreviews"],
    verbs: ["create"],
  },
  {
    why: "The same, for each action.",
    apiGroups: ["authorization.k8s.io"],
    resources: ["subjectaccessreviews"],
    verbs: ["create"],
  },
]

/** What it may do in its own namespace only. */
export const namespaceRules: readonly JustifiedRule[] = [
  {
    why: "Read deploy keys, hook secrets and notifier URLs of the platform's repositories.",
    apiGroups: [""],
    resources: ["secrets"],
    verbs: ["get", "list", "watch"],
  },
  {
    why: "Apply in the name of the account that the platform's Repository names.",
    apiGroups: [""],
    resources: ["serviceaccounts"],
    resourceNames: ["serin-apply"],
    verbs: ["impersonate"],
  },
]

/** As the API takes them. */
export const withoutReasons = (rules: readonly JustifiedRule[]) => rules.map(({ why: _why, ...rule }) => rule)
