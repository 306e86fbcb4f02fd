import { hooksSecretName, systemNamespace, type Installation, type InstallRequest } from "@serin/agent"

export interface Installed {
  readonly objects: number
  /** Where the Repository is. */
  readonly namespace: string
  /** To be added at the git host; absent when a token is used. */
  readonly deployKey: string | undefined
  /** Namespaces that the account may apply to by earlier installations, and was not given now. */
  readonly alsoGranted: readonly string[]
  /** Where git host and registry tell of pushes; absent without --web-url and --hooks-url. */
  readonly gitHook?: string
  readonly registryHook?: string
}

export function installed(request: InstallRequest, { manifests, publicKey, alsoGranted }: Installation): Installed {
  const { webUrl, hooksUrl = webUrl, name, tenant: namespace = systemNamespace } = request
  const done = { objects: manifests.length, namespace, deployKey: publicKey, alsoGranted }
  if (hooksUrl === undefined) return done
  const at = (path: string): string => `${hooksUrl.replace(/\/$/, "")}/hooks/${path}`
  return {
    ...done,
    gitHook: at(`git/${namespace}/${name}`),
    registryHook: at(`registry/${namespace}`),
  }
}

/** What is left to do by hand, in order. */
export function nextSteps({ objects, namespace, deployKey, alsoGranted, gitHook, registryHook }: Installed): string {
  const secret = (key: string): string =>
    `kubectl -n ${namespace} get secret ${hooksSecretName} -o jsonpath='{.data.${key}}' | base64 -d`
  const key =
    deployKey === undefined ? [] : [`Add this deploy key to the repository, with the right to push:\n\n  ${deployKey}`]
  const beside = alsoGranted.map(
    (other) =>
      `Repositories of ${namespace} may still apply to namespace ${other}, by an earlier installation. Unless one of them should:\n\n` +
      `  kubectl -n ${other} delete rolebinding,role serin-apply`,
  )
  const hooks =
    gitHook === undefined || registryHook === undefined
      ? []
      : [
          [
            "To have pushes seen at once instead of at the next poll, add webhooks:",
            "",
            `  git push       ${gitHook}`,
            `      secret     ${secret("git")}`,
            `  registry push  ${registryHook}`,
            `      bearer     ${secret("registry")}`,
          ].join("\n"),
        ]
  return [
    `${objects} objects are applied; the Repository is in namespace ${namespace}.`,
    ...key,
    ...beside,
    ...hooks,
    "Then look at it with `serin check` and `serin status`.",
  ].join("\n\n")
}
