import { crud } from "./cases/crud.ts"

export const suites = [crud]
