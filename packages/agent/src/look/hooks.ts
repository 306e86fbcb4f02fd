import type { CheckResult } from "../api/types.ts"
import { messageOf } from "../errors.ts"
import type { KubeClient } from "../kube/index.ts"
import { settingsName, type SettingsMap } from "../settings.ts"
import { repositoryKind, type RepositoryObject } from "../source/index.ts"
import { bad, good } from "./result.ts"

/** Whether the receivers answer where git hosts are told to find them: a push without signature has to be refused there. */
export async function checkHooks(kube: KubeClient): Promise<CheckResult[]> {
  const settings = await kube.get<SettingsMap>({ apiVersion: "v1", kind: "ConfigMap", ...settingsName })
  const listed = await kube.list<RepositoryObject>(repositoryKind)
  if (!settings.ok) return [bad("hooks", settings.error)]
  if (!listed.ok) return [bad("hooks", listed.error)]
  const { publicUrl, hooksUrl = publicUrl } = settings.value.data ?? {}
  if (hooksUrl === undefined) return [good("hooks", "no address is set: Git and registries are looked at by time")]
  const hooked = listed.value.items.filter(({ spec }) => spec.hooks?.secretRef !== undefined)
  return Promise.all(
    hooked.map(({ metadata }) => checkHook(`${hooksUrl}/hooks/git/${metadata.namespace}/${metadata.name}`)),
  )
}

async function checkHook(url: string): Promise<CheckResult> {
  const name = `hook ${url}`
  const next = "Let this address lead to port 81 of Service serin-system/serin, or correct --hooks-url."
  try {
    const answer = await fetch(url, {
      method: "POST",
      body: "{}",
      redirect: "manual",
      signal: AbortSignal.timeout(5_000),
    })
    await answer.body?.cancel()
    if (answer.status === 401) return good(name, "answers, and refuses what is not signed")
    return bad(name, { message: `answers ${answer.status}, which is not what Serin's receiver says`, next })
  } catch (error) {
    return bad(name, { message: `does not answer: ${messageOf(error)}`, next })
  }
}
