/**
 * Called at each boundary between two effects, by name (`push:before`, `apply:after apps/Deployment/test/web`, …). Does
 * nothing in production; fault injection ends the process there, to show that a restart neither repeats nor skips a step.
 */
export type CrashPoint = (boundary: string) => void | Promise<void>
