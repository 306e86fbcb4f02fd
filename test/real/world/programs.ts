import { goProgram } from "../go-program.ts"
import { envoyBinary } from "./envoy-binary.ts"
import { istioDefinitions } from "./mesh.ts"

/** Programs of the real world that are not the distribution's. */
export interface Programs {
  readonly kubernetes: string
  readonly istiod: string
  readonly coredns: string
  readonly envoy: string
  /** File of Istio's custom resource definitions. */
  readonly definitions: string
}

/** Builds or fetches what is not there yet: in there, where the world is, nothing outside can be reached. */
export async function getPrograms(print: (line: string) => void): Promise<Programs> {
  const istiod = await goProgram("istiod", print)
  return {
    kubernetes: await goProgram("kubernetes", print),
    istiod,
    coredns: await goProgram("coredns", print),
    envoy: envoyBinary(print),
    definitions: istioDefinitions(istiod),
  }
}
