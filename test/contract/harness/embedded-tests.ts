import { afterAll, beforeAll, describe, expect, test } from "vitest"
import type { CaseSession } from "./case.ts"
import type { Contract, ContractTarget } from "./contract.ts"
import { allowedOfNoCase, expectation } from "./verdict.ts"

/** One test per case: what the embedded part answers must be what its golden file says. */
export function judgeEmbedded<S extends CaseSession, T extends ContractTarget & { close(): Promise<void> }>(
  contract: Contract<S, T>,
  start: () => Promise<T>,
): void {
  const { name: contractName, suites } = contract.parts
  let target: T
  beforeAll(async () => {
    target = await start()
  })
  afterAll(() => target.close())

  for (const { name: suite, cases } of suites) {
    describe(`${contractName} ${suite}`, () => {
      for (const name of Object.keys(cases)) {
        test(name, async (context) => {
          const outcome = await contract.run({ suite, name }, target)
          if ("skipped" in outcome) return context.skip(outcome.skipped)
          const expected = expectation(contract, { suite, name })
          expect(outcome.transcript).toBe("missing" in expected ? expected.missing : expected.text)
        })
      }
    })
  }
  test(`the allowed differences of ${contractName} name cases`, () => {
    expect(allowedOfNoCase(contract)).toEqual([])
  })
}
