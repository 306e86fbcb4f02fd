import type { CaseId, CaseSession } from "./case.ts"
import type { Contract, ContractTarget } from "./contract.ts"
import { difference } from "./difference.ts"

/** What the embedded part has to answer, and why nothing can be expected where it cannot be said. */
export type Expectation = { readonly text: string; readonly from: string } | { readonly missing: string }

/**
 * What the embedded part has to answer: what the real one does (`ofReal`, or its golden file), or where it may differ, the
 * answer that was agreed to, which must still be another one.
 */
export function expectation<S extends CaseSession, T extends ContractTarget>(
  contract: Contract<S, T>,
  id: CaseId,
  ofReal?: string,
): Expectation {
  const { golden, name } = contract.parts
  const real = ofReal ?? golden.read(id)
  const update = `run \`npm run test:real -- ${name} --update\``
  if (real === undefined) return { missing: `there is no golden file: ${update}` }
  if (contract.allowed(id) === undefined) return { text: real, from: ofReal === undefined ? "golden" : "real" }
  const agreed = golden.read(id, "embedded")
  if (agreed === undefined) return { missing: `there is no golden file of the allowed difference: ${update}` }
  if (agreed === real) {
    return { missing: "this case is listed as an allowed difference and no longer differs: take it off the list" }
  }
  return { text: agreed, from: "allowed" }
}

/** What is wrong with a transcript; undefined if nothing. */
export function judge(expected: Expectation, transcript: string, target: string): string | undefined {
  if ("missing" in expected) return `  ${expected.missing}\n${transcript}`
  const differs = difference(expected.text, transcript, { expected: expected.from, actual: target })
  return differs === "" ? undefined : differs
}

/** Entries of the list of allowed differences that name no case. */
export function allowedOfNoCase<S extends CaseSession, T extends ContractTarget>(contract: Contract<S, T>): string[] {
  const known = new Set(contract.select("").map(({ suite, name }) => `${suite}/${name}`))
  return contract.parts.allowed.map((difference) => difference.case).filter((name) => !known.has(name))
}
