import { deliveryName, locate, takenBack, workloadName, type Considered } from "@serin/core"
import { ok, type Result } from "../errors.ts"
import type { Repositories, Revision } from "../parts.ts"
import type { RepositoryKey } from "../source/repository.ts"

/** The newer image that a person took back before this revision; undefined when nobody did. */
export async function takenBackInGit(
  key: RepositoryKey,
  { commit, tree }: Revision,
  considered: Considered,
  repositories: Pick<Repositories, "past">,
): Promise<Result<string | undefined>> {
  const { workload, canary } = considered
  const name = workloadName(workload.kind, workload.namespace, workload.name)
  const paths = [name, canary && deliveryName(canary)].flatMap((object) => {
    const found = object && locate(tree, object)
    return found?.ok === true ? [found.located.path] : []
  })
  const past = await repositories.past(key, commit, paths)
  return past.ok ? ok(takenBack(considered, past.value)) : past
}
