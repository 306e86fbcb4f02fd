import { exitCodes, type ExitCode } from "./exit-codes.ts"

/** A failure that the user can do something about: what happened, and the next step. */
export class CliError extends Error {
  override readonly name = "CliError"
  constructor(
    message: string,
    readonly next: string,
    readonly exitCode: ExitCode = exitCodes.failed,
    /** Where in a query, both counted from 1. */
    readonly position?: { readonly line: number; readonly column: number },
  ) {
    super(message)
  }
}
