import { rollBackEdit } from "@serin/core"
import type { Named, Person, RepositoryVerb } from "../api/services.ts"
import type { ActionResult, RepositoryState, RollbackRequest, SyncDiff } from "../api/types.ts"
import { SerinError, unwrap } from "../errors.ts"
import { displayUrl } from "../git/index.ts"
import type { SubmitResult } from "../git/index.ts"
import type { AgentParts } from "../parts.ts"
import { repositoryKind } from "../source/index.ts"

/** What people see of and do with connected repositories. */
export class ConnectedRepositories {
  readonly #parts: AgentParts
  constructor(parts: AgentParts) {
    this.#parts = parts
  }

  states(): RepositoryState[] {
    const { repositories, sync } = this.#parts
    return repositories.list().map(({ metadata: { namespace, name }, spec }) => {
      const key = `${namespace}/${name}`
      const { applied, ready, message, lastSync, objects } = sync.of(key)
      const head = repositories.head(key)?.commit
      return {
        namespace,
        name,
        url: displayUrl(spec.url),
        branch: spec.branch ?? "main",
        path: spec.path ?? "",
        suspended: spec.suspend === true,
        ready,
        message,
        objects,
        ...(head === undefined ? {} : { head }),
        ...(applied === undefined ? {} : { applied }),
        ...(lastSync === undefined ? {} : { lastSync }),
      }
    })
  }

  async act(verb: RepositoryVerb, { namespace, name }: Named, person: Person): Promise<ActionResult> {
    const key = this.#known({ namespace, name })
    const { kube, repositories, sync, events } = this.#parts
    if (verb === "sync") {
      repositories.fetchNow(key)
      sync.syncNow(key)
      return { message: `${key} is fetched and synced now` }
    }
    const suspend = verb === "suspend"
    unwrap(await kube.patch({ ...repositoryKind, namespace, name }, "merge", { spec: { suspend } }))
    events.emit({
      kind: verb,
      namespace,
      subject: `Repository ${key}`,
      message: `${suspend ? "Suspended" : "Resumed"} by ${person.name}`,
      severity: "info",
      data: { who: person.name },
    })
    return {
      message: suspend
        ? `${key} is not applied any more until it is resumed; users stay protected`
        : `${key} is applied again`,
    }
  }

  async diff(named: Named): Promise<SyncDiff> {
    return unwrap(await this.#parts.sync.diff(this.#known(named)))
  }

  /** The repository's files as they were at a commit, as one new commit. */
  async rollback({ namespace, repository, commit, reason }: RollbackRequest, person: Person): Promise<ActionResult> {
    const key = this.#known({ namespace, name: repository })
    const { repositories } = this.#parts
    const to = unwrap(await repositories.treeAt(key, commit))
    const writer = repositories.writer(key)
    if (writer === undefined) throw new SerinError("GIT_UNREACHABLE", `${key} could not be opened yet`)
    const edit = rollBackEdit({ to, cause: `user ${person.name}`, ...(reason === undefined ? {} : { reason }) })
    return actionOf(await writer.submit(edit, { urgent: true }), `rolled back to ${commit.slice(0, 8)}`)
  }

  #known({ namespace, name }: Named): string {
    const key = `${namespace}/${name}`
    if (this.#parts.repositories.get(key) === undefined)
      throw new SerinError("NOT_FOUND", `there is no Repository ${key}`)
    return key
  }
}

/** What an edit that a person asked for came to. Rejects when it was refused or could not be pushed. */
export function actionOf(result: SubmitResult, done: string): ActionResult {
  switch (result.kind) {
    case "committed":
      return { commit: result.commit, message: done }
    case "obsolete":
      return { message: result.reason }
    case "refused":
      throw new SerinError("EDIT_REFUSED", result.reason)
    case "failed":
      throw result.error
  }
}
