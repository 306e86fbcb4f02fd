import type { Endpoints } from "../sandbox/endpoints.ts"
import { istioTelemetry, type Telemetry } from "./telemetry.ts"

/** In what worlds differ that the story plays in, besides addresses. */
export interface WorldTraits {
  readonly telemetry: Telemetry
  /** What `serin install` has to be told besides addresses. */
  readonly installFlags: readonly string[]
  /** The app's repository in the registry. */
  readonly appRepository: string
}

export const embeddedTraits = ({ registry }: Endpoints): WorldTraits => ({
  telemetry: istioTelemetry,
  // The agent runs outside of the cluster, where no image of it need be.
  installFlags: ["--no-agent", "--registry-mirror", `docker.io=${registry},^library/(.*)=$1`],
  appRepository: "podinfo",
})
