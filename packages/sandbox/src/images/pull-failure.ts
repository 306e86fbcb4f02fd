import { RegistryClientError, type RegistryFailure } from "./registry-errors.ts"

/** gRPC codes that containerd answers with. */
const codes: Readonly<Record<RegistryFailure, string>> = {
  "not-found": "NotFound",
  unauthorized: "Unknown",
  unreachable: "Unknown",
  refused: "Unknown",
  corrupt: "FailedPrecondition",
}

/** Why a pull failed, in the words of containerd, which the kubelet puts into the pod's status and events. */
export function describePullFailure(image: string, error: unknown): string {
  const failure = error instanceof RegistryClientError ? error.failure : undefined
  const code = failure === undefined ? "Unknown" : codes[failure]
  return `rpc error: code = ${code} desc = failed to pull and unpack image "${image}": ${detail(image, error, failure)}`
}

function detail(image: string, error: unknown, failure: RegistryFailure | undefined): string {
  const message = error instanceof Error ? error.message : String(error)
  switch (failure) {
    case "not-found":
    case "unreachable":
      return `failed to resolve reference "${image}": ${message}`
    case "unauthorized":
      return (
        `failed to resolve reference "${image}": pull access denied, repository does not exist or may require ` +
        `authorization: authorization failed: ${message}`
      )
    case "corrupt":
      return `${message}: failed precondition`
    case "refused":
    case undefined:
      return message
  }
}
