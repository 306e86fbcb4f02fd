import { suiteOf, type Case, type Suite } from "../harness/case.ts"
import type { Session } from "./session.ts"
import type { Feature } from "./target.ts"

/** Each case runs alone in the namespace `session.ns`. */
export function suite(
  name: string,
  cases: Readonly<Record<string, Case<Session>["run"]>>,
  needs: readonly Feature[] = [],
): Suite<Session> {
  return suiteOf(name, cases, needs)
}
