/** Throws where it does not hold. Cases run in their order; later ones find what earlier ones made. */
export interface InstallCase {
  /** `topic/what holds`. */
  readonly name: string
  readonly run: () => Promise<unknown>
}
