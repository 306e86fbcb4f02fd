/** Why a registry did not give or take something. */
export type RegistryFailure = "not-found" | "unauthorized" | "unreachable" | "refused" | "corrupt"

/** The message names the request, never credentials. */
export class RegistryClientError extends Error {
  override readonly name = "RegistryClientError"
  constructor(
    readonly failure: RegistryFailure,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
  }
}
