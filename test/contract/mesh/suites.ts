import { weights } from "./cases/weights.ts"

export const suites = [weights]
