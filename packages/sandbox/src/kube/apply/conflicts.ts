import { ApiError } from "../client.ts"
import type { Manager } from "./managed.ts"
import { printManager } from "./managed.ts"
import { printPath, type Path } from "./path-element.ts"

/** Another manager owns what is applied with another value. */
export interface Conflict {
  readonly manager: Manager
  readonly path: Path
}

/** The 409 with a cause for each field, in the words of the real server. */
export function conflictError(conflicts: readonly Conflict[]): ApiError {
  return new ApiError(409, "Conflict", message(conflicts), {
    causes: conflicts.map(({ manager, path }) => ({
      reason: "FieldManagerConflict",
      message: `conflict with ${printManager(manager)}`,
      field: printPath(path),
    })),
  })
}

function message(conflicts: readonly Conflict[]): string {
  const [first] = conflicts
  if (first !== undefined && conflicts.length === 1) {
    return `Apply failed with 1 conflict: conflict with ${printManager(first.manager)}: ${printPath(first.path)}`
  }
  const lines: string[] = []
  let last: Manager | undefined
  for (const { manager, path } of conflicts) {
    if (manager !== last) lines.push(`conflicts with ${printManager(manager)}:`)
    last = manager
    lines.push(`- ${printPath(path)}`)
  }
  return `Apply failed with ${conflicts.length} conflicts: ${lines.join("\n")}`
}
