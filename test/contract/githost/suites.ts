import { discovery } from "./cases/discovery.ts"

export const suites = [discovery]
