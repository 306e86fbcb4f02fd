import type { AllowedDifference } from "./allowed.ts"
import { select, type CaseId, type CaseSession, type Suite } from "./case.ts"
import type { GoldenFiles } from "./golden.ts"

/** A server that cases are sent to. */
export interface ContractTarget {
  /** `real` or `embedded`, for reports. */
  readonly name: string
  /** What works here besides the server itself. */
  readonly features: ReadonlySet<string>
}

/** What came of a case on one target: text to compare, or why it was not run. */
export type Outcome = { readonly transcript: string; readonly broken: boolean } | { readonly skipped: string }

/** What docs/reference/fidelity.md tells of a contract. */
export interface ContractSummary {
  /** `kube`: what `npm run test:real -- NAME` calls it. */
  readonly name: string
  /** The embedded part, and the real one that it is judged by. */
  readonly title: string
  readonly real: string
  readonly suites: readonly { readonly name: string; readonly cases: Readonly<Record<string, unknown>> }[]
  readonly allowed: readonly AllowedDifference[]
  readonly uncompared: readonly Uncompared[]
}

/** What no case looks at, or what is left out of the answers that are compared, and why. */
export interface Uncompared {
  readonly what: string
  readonly reason: string
}

export interface ContractParts<S extends CaseSession, T extends ContractTarget> extends ContractSummary {
  readonly suites: readonly Suite<S>[]
  readonly golden: GoldenFiles
  readonly open: (target: T, id: CaseId) => S
}

/** What a part of the world must do, stated by cases whose answers on the real part and on the embedded one are compared. */
export class Contract<S extends CaseSession, T extends ContractTarget> {
  constructor(readonly parts: ContractParts<S, T>) {}

  select(filter: string): CaseId[] {
    return select(this.parts.suites, filter)
  }

  allowed({ suite, name }: CaseId): AllowedDifference | undefined {
    return this.parts.allowed.find((difference) => difference.case === `${suite}/${name}`)
  }

  /** Runs one case. It never rejects: what goes wrong is part of the transcript. */
  async run(id: CaseId, target: T): Promise<Outcome> {
    const found = this.parts.suites.find(({ name }) => name === id.suite)?.cases[id.name]
    if (found === undefined) return { transcript: `there is no case ${id.suite}/${id.name}\n`, broken: true }
    const lacking = found.needs.filter((feature) => !target.features.has(feature))
    if (lacking.length > 0) return { skipped: `no ${lacking.join(", no ")}` }
    const session = this.parts.open(target, id)
    try {
      await session.begin()
      await found.run(session)
    } catch (error) {
      session.fail(error)
    } finally {
      await session.close()
    }
    return { transcript: session.transcript.toString(), broken: session.transcript.broken }
  }
}
