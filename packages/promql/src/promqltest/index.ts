export { parseScript } from "./parse-script.ts"
export { runScript, testOptions, type Failure, type Outcome } from "./run-script.ts"
export { ScriptError } from "./script.ts"
