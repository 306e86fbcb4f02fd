import { strictEqual } from "node:assert/strict"
import type { InstallCase } from "./case.ts"
import { ask } from "./program.ts"

const agent = "system:serviceaccount:serin-system:serin"
const account = "system:serviceaccount:serin-system:serin-apply"

/** As `kubectl auth can-i` is asked: verb, resource, and where. */
const agentMay = [
  "watch repositories.serin.dev -A",
  "patch repositories.serin.dev --subresource=status -n team-a",
  "patch deliveries.serin.dev --subresource=status -n shop",
  "watch deployments.apps -A",
  "list pods -n shop",
  "watch virtualservices.networking.istio.io -A",
  "create events -n shop",
  "create tokenreviews.authentication.k8s.io",
  "create subjectaccessreviews.authorization.k8s.io",
  "watch configmap/serin -n serin-system",
  "create leases.coordination.k8s.io -n serin-system",
  "update lease.coordination.k8s.io/serin-agent -n serin-system",
  "get secret/serin-auth-config -n serin-system",
  "get secret/serin-hooks -n serin-system",
  "watch secret/serin-auth-config -n serin-system",
  "impersonate serviceaccount/serin-apply -n serin-system",
]
const agentMayNot = [
  "get secrets -n shop",
  "list secrets -n serin-system",
  "get secret/another -n serin-system",
  "get configmaps -n shop",
  "create deployments.apps -n shop",
  "patch deployments.apps -n serin-system",
  "patch virtualservices.networking.istio.io -n shop",
  "patch canaries.serin.dev -n shop",
  "create pods -n serin-system",
  "create pods --subresource=exec -n shop",
  "delete pods -n shop",
  "update lease.coordination.k8s.io/another -n serin-system",
  "create leases.coordination.k8s.io -n kube-system",
  "impersonate serviceaccount/default -n kube-system",
  "impersonate serviceaccount/serin-apply -n shop",
  "impersonate users",
  "impersonate groups",
  "create serviceaccounts --subresource=token -n serin-system",
  "escalate clusterroles.rbac.authorization.k8s.io",
  "create clusterrolebindings.rbac.authorization.k8s.io",
]
const accountMay = [
  "patch deployments.apps -n shop",
  "delete services -n pay",
  "create canaries.serin.dev -n shop",
  "patch virtualservices.networking.istio.io -n shop",
]
const accountMayNot = [
  "patch deployments.apps -n default",
  "patch deployments.apps -n serin-system",
  "get secrets -n serin-system",
  "create roles.rbac.authorization.k8s.io -n shop",
  "create rolebindings.rbac.authorization.k8s.io -n shop",
  "patch namespace/shop -n shop",
  "create customresourcedefinitions.apiextensions.k8s.io",
  "create pods --subresource=exec -n shop",
  "patch resourcequotas -n shop",
]

/** Asked of the real authoriser, after an installation with `--namespace shop --namespace pay`. */
export function rightsCases(kubectl: readonly string[], env: Readonly<Record<string, string>>): InstallCase[] {
  const cases = (who: string, user: string, questions: readonly string[], answer: "yes" | "no") =>
    questions.map((question) => ({
      name: `rights/${who} ${answer === "yes" ? "may" : "may not"} ${question}`,
      run: async () => {
        const [program = "", ...before] = kubectl
        const args = [...before, "auth", "can-i", ...question.split(" "), `--as=${user}`]
        const { stdout, stderr } = await ask(program, args, env)
        strictEqual(stdout.trim().split("\n").at(-1), answer, stderr)
      },
    }))
  return [
    ...cases("the agent", agent, agentMay, "yes"),
    ...cases("the agent", agent, agentMayNot, "no"),
    ...cases("the account", account, accountMay, "yes"),
    ...cases("the account", account, accountMayNot, "no"),
  ]
}
