/** What the exit codes of `serin` mean, for scripts. Printed by `serin --help`. */
export const exitCodes = {
  ok: 0,
  /** It was tried and failed, or a difference or failed check was found. */
  failed: 1,
  /** The command line, a file or a value is wrong; nothing was tried. */
  usage: 2,
  /** It went well as far as it went, but a part was skipped because something is missing on this machine. */
  skipped: 3,
  /** The cluster or the agent cannot be reached. */
  unreachable: 4,
  /** The agent refused it, and says why. */
  refused: 5,
} as const

export type ExitCode = (typeof exitCodes)[keyof typeof exitCodes]
