import { suiteOf, type Case, type Suite } from "../harness/case.ts"
import type { Session } from "./session.ts"

export function suite(name: string, cases: Readonly<Record<string, Case<Session>["run"]>>): Suite<Session> {
  return suiteOf(name, cases)
}
