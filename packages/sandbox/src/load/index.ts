export { parseArguments } from "./arguments.ts"
export { flagsHelp, UsageError } from "./options.ts"
export { figures, summary } from "./report.ts"
export { runToEnd } from "./to-end.ts"
