/**
 * Runs `stop` once when the terminal's Ctrl-C, a SIGTERM or a hang-up asks to end, then ends with `code`. A second Ctrl-C
 * does not wait for it.
 */
export function onStopSignal(stop: () => Promise<void>, code = 0): void {
  let stopping = false
  for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    process.on(signal, () => {
      if (stopping && signal === "SIGINT") process.exit(130)
      if (stopping) return
      stopping = true
      stop().then(
        () => process.exit(code),
        (error: unknown) => {
          process.stderr.write(`serin: stopping failed: ${String(error)}\n`)
          process.exit(1)
        },
      )
    })
  }
}
