import { access } from "./cases/access.ts"
import { applies, podApplies } from "./cases/apply.ts"
import { endpoints, jobCases, scheduling } from "./cases/controllers.ts"
import { crud } from "./cases/crud.ts"
import { collection, deletion } from "./cases/deletion.ts"
import { definitions } from "./cases/definitions.ts"
import { definitionRules } from "./cases/definition-rules.ts"
import { discovery } from "./cases/discovery.ts"
import { events } from "./cases/events.ts"
import { kubectlReads, kubectlWrites } from "./cases/kubectl.ts"
import { lists, podLists } from "./cases/lists.ts"
import { patches } from "./cases/patches.ts"
import { customStatusWrites, statusWrites } from "./cases/status-writes.ts"
import { podSubresources, subresources } from "./cases/subresources.ts"
import { podTables, tables } from "./cases/tables.ts"
import { podValidation, validation } from "./cases/validation.ts"
import { rollouts } from "./cases/workloads.ts"
import { watches } from "./cases/watches.ts"

export const suites = [
  crud,
  lists,
  podLists,
  patches,
  watches,
  applies,
  podApplies,
  validation,
  podValidation,
  deletion,
  collection,
  subresources,
  podSubresources,
  statusWrites,
  customStatusWrites,
  tables,
  podTables,
  definitions,
  definitionRules,
  discovery,
  access,
  events,
  rollouts,
  endpoints,
  jobCases,
  scheduling,
  kubectlReads,
  kubectlWrites,
]
