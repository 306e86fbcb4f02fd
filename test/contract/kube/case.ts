import type { Feature } from "./target.ts"
import type { Session } from "./session.ts"

/** What is sent to a server, and by being sent, recorded. It runs alone in the namespace `session.ns`. */
export interface Case {
  /** Without one of these the case is skipped. */
  readonly needs: readonly Feature[]
  readonly run: (session: Session) => Promise<void>
}

/** Cases of one topic. A case's key names it, its namespace and its golden file: lower case with dashes. */
export interface Suite {
  readonly name: string
  readonly cases: Readonly<Record<string, Case>>
}

export function suite(
  name: string,
  cases: Readonly<Record<string, Case["run"]>>,
  needs: readonly Feature[] = [],
): Suite {
  return { name, cases: Object.fromEntries(Object.entries(cases).map(([key, run]) => [key, { needs, run }])) }
}
