export { activeAlerts, type Alert } from "./alerting.ts"
export type { GroupState, RuleStatus } from "./group.ts"
export { readRuleFiles } from "./read-rule-files.ts"
export { startRules, type RuleRunner } from "./schedule.ts"
