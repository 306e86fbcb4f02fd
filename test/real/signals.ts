/** Lets what is done at the end of this process (`process.on("exit")`) be done too when a signal ends it. */
export function endBySignals(): void {
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) process.on(signal, () => process.exit(130))
}
