import { expect, test } from "vitest"
import { contracts } from "./contracts.ts"
import { fidelityIsCurrent } from "./harness/fidelity.ts"

test("docs/reference/fidelity.md says what the contracts say (npm run test:real -- --update writes it)", () => {
  expect(fidelityIsCurrent(contracts)).toBe(true)
})
