import { ApiError, type KubeObject } from "../../kube/client.ts"
import type { Validator } from "../../kube/index.ts"
import type { Findings } from "./rules.ts"
import { checkDestinationRule, checkGateway } from "./traffic.ts"
import { checkVirtualService } from "./virtual-service.ts"

/** What is wrong with one of Istio's objects beyond its schema; empty for other kinds. */
export function checkIstioObject(object: KubeObject): Findings {
  switch (object.kind) {
    case "VirtualService":
      return checkVirtualService(object)
    case "DestinationRule":
      return checkDestinationRule(object)
    case "Gateway":
      return checkGateway(object)
    default:
      return []
  }
}

/** What istiod writes as a list even when it is the only one. */
const listedAlone = /^(attempts cannot be negative|HTTP fault injection must have|invalid tag key)/

/** For the API server's admission: refuses what istiod's validating webhook refuses, in its words. */
export const istioValidator: Validator = (object, { ref }) => {
  if (ref.group !== "networking.istio.io") return
  const findings = checkIstioObject(object)
  if (findings.length === 0) return
  const list = findings.map((finding) => `\t* ${finding}`).join("\n")
  const [only = ""] = findings
  const alone = findings.length === 1 && !listedAlone.test(only)
  const errors = findings.length === 1 ? "1 error" : `${String(findings.length)} errors`
  const what = alone ? only : `${errors} occurred:\n${list}\n\n`
  const message = `admission webhook "validation.istio.io" denied the request: configuration is invalid: ${what}`
  throw new ApiError(400, "", message)
}
