import type { CheckResult } from "../api/types.ts"
import { ok, type Result } from "../errors.ts"
import {
  agentName,
  clusterRules,
  namespaceRules,
  repositoryRules,
  systemNamespace,
  type Rule,
} from "../install/index.ts"
import type { KubeClient, KubeObject, ResourceInfo } from "../kube/index.ts"
import type { Repositories } from "../parts.ts"
import type { RepositoryObject } from "../source/repository.ts"
import { signingSecrets } from "./receivers.ts"
import { bad, good } from "./result.ts"

/** One right, as the API's authorisers see it. */
interface Access {
  readonly verb: string
  readonly group: string
  /** With its subresource: `repositories/status`. */
  readonly resource: string
  /** Absent: all namespaces, or none. */
  readonly namespace?: string
  readonly name?: string
}

interface AccessReview extends KubeObject {
  readonly status?: { readonly allowed?: boolean }
}

interface RightsParts {
  readonly kube: KubeClient
  readonly repositories: Pick<Repositories, "list" | "head" | "kubeFor">
}

const reinstall = "Run `serin install … --apply` again with its first options: it restores the roles."

/** Whether the agent still has all the rights that `serin install` gives. */
export async function checkAgentRights({ kube, repositories }: RightsParts): Promise<CheckResult[]> {
  const own = [...accessesOf(clusterRules), ...accessesOf(namespaceRules, systemNamespace)]
  const each = repositories.list().map((repository) => {
    const { namespace, name } = repository.metadata
    const signing = signingSecrets(repositories.head(`${namespace}/${name}`)?.manifests ?? [])
    const secrets = [...new Set([...secretsOf(repository), ...signing])]
    const rules = repositoryRules(secrets, repository.spec.serviceAccountName ?? "default")
    return checkAccesses(`the agent's rights for ${namespace}/${name}`, kube, accessesOf(rules, namespace), mendRole)
  })
  return Promise.all([checkAccesses("the agent's rights", kube, own, () => reinstall), ...each])
}

/** Whether the account of each Repository may do what its head asks for. */
export function checkApplyRights({ kube, repositories }: RightsParts): Promise<CheckResult[]> {
  return Promise.all(
    repositories.list().map(async ({ metadata, spec }) => {
      const key = `${metadata.namespace}/${metadata.name}`
      const account = `${metadata.namespace}/${spec.serviceAccountName ?? "default"}`
      const accesses = await accessesOfHead(kube, repositories.head(key)?.manifests.map(({ object }) => object) ?? [])
      return checkAccesses(
        `what account ${account} may apply for ${key}`,
        repositories.kubeFor(key),
        accesses,
        (missing) =>
          missing.namespace === undefined
            ? "Leave it out of Git, bind the account to a ClusterRole with this right, or install with --platform-wide."
            : `Run \`serin install --namespace ${missing.namespace} …\`, or bind the account to a Role with this right there.`,
      )
    }),
  )
}

async function accessesOfHead(kube: KubeClient, objects: readonly KubeObject[]): Promise<Access[]> {
  const kinds = new Map<string, { readonly info: ResourceInfo; readonly namespace: string | undefined }>()
  for (const object of objects) {
    const resolved = await kube.resolve(object)
    // A kind that nobody serves is the revision's fault, and said there.
    if (!resolved.ok) continue
    const info = resolved.value
    const namespace = info.namespaced ? (object.metadata.namespace ?? "default") : undefined
    kinds.set(`${info.group}/${info.resource}/${namespace ?? ""}`, { info, namespace })
  }
  return [...kinds.values()].flatMap(({ info: { group, resource }, namespace }) =>
    ["get", "list", "watch", "create", "patch", "delete"].map((verb) => ({
      verb,
      group,
      resource,
      ...(namespace === undefined ? {} : { namespace }),
    })),
  )
}

function secretsOf({ spec }: RepositoryObject): string[] {
  const named = [spec.auth?.secretRef, spec.hooks?.secretRef, ...(spec.notify ?? []).map(({ secretRef }) => secretRef)]
  return [...new Set(named.flatMap((ref) => (ref === undefined ? [] : [ref.name])))]
}

function accessesOf(rules: readonly Rule[], namespace?: string): Access[] {
  return rules.flatMap(({ apiGroups, resources, verbs, resourceNames }) =>
    apiGroups.flatMap((group) =>
      resources.flatMap((resource) =>
        verbs.flatMap((verb) =>
          (resourceNames ?? [undefined]).map((name) => ({
            verb,
            group,
            resource,
            ...(namespace === undefined ? {} : { namespace }),
            ...(name === undefined ? {} : { name }),
          })),
        ),
      ),
    ),
  )
}

async function checkAccesses(
  name: string,
  kube: KubeClient,
  accesses: readonly Access[],
  mend: (missing: Access) => string,
): Promise<CheckResult> {
  const missing: Access[] = []
  for (const access of accesses) {
    const allowed = await isAllowed(kube, access)
    if (!allowed.ok) return bad(name, allowed.error)
    if (!allowed.value) missing.push(access)
  }
  const [first, ...more] = missing
  if (first === undefined) return good(name, `${accesses.length} of ${accesses.length} held`)
  const others = more.length === 0 ? "" : `, and ${more.length} more`
  return bad(name, { message: `may not ${describe(first)}${others}`, next: mend(first) })
}

async function isAllowed(kube: KubeClient, { resource, ...access }: Access): Promise<Result<boolean>> {
  const [plural, subresource] = resource.split("/")
  const asked = await kube.create<AccessReview & { spec: object }>({
    apiVersion: "authorization.k8s.io/v1",
    kind: "SelfSubjectAccessReview",
    metadata: { name: "" },
    spec: {
      resourceAttributes: { ...access, resource: plural, ...(subresource === undefined ? {} : { subresource }) },
    },
  })
  return asked.ok ? ok(asked.value.status?.allowed === true) : asked
}

function describe({ verb, group, resource, namespace, name }: Access): string {
  const what = `${resource}${group === "" ? "" : `.${group}`}${name === undefined ? "" : ` ${name}`}`
  return `${verb} ${what}${namespace === undefined ? "" : ` in namespace ${namespace}`}`
}

/** A Repository and its canaries may name Secrets and accounts that `serin install` knew nothing of. */
function mendRole({ verb, resource, namespace = "", name = "" }: Access): string {
  const role = `serin-${verb}-${name}`
  return [
    `Run \`kubectl -n ${namespace} create role ${role} --verb=${verb} --resource=${resource} --resource-name=${name}`,
    `kubectl -n ${namespace} create rolebinding ${role} --role=${role} --serviceaccount=${systemNamespace}:${agentName}\`.`,
  ].join(" && ")
}
