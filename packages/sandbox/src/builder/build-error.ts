/** A build that cannot succeed as things are. The message says what is wrong, `next` what a person can do about it. */
export class BuildError extends Error {
  override readonly name: string = "BuildError"
  constructor(
    message: string,
    readonly next: string,
    /** In the Dockerfile, from 1. */
    readonly line?: number,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }

  /** For the log and the API. */
  describe(): string {
    const where = this.line === undefined ? "" : `Dockerfile line ${this.line}: `
    return `${where}${this.message}. ${this.next}`
  }
}

/** A registry or git host that does not answer now: worth waiting for. */
export class UnavailableError extends BuildError {
  override readonly name = "UnavailableError"
}

/** Runs a step and gives its failures the line that they come from. */
export async function atLine<T>(line: number, work: () => Promise<T> | T): Promise<T> {
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof BuildError) || error.line !== undefined) throw error
    if (error instanceof UnavailableError) throw error
    throw new BuildError(error.message, error.next, line, { cause: error })
  }
}
