import { fileURLToPath } from "node:url"
import { Contract } from "../harness/contract.ts"
import { GoldenFiles } from "../harness/golden.ts"
import { allowed, uncompared } from "./fidelity.ts"
import { Kubectl } from "./kubectl.ts"
import { Session } from "./session.ts"
import { suites } from "./suites.ts"
import { httpTo, type Target } from "./target.ts"

/** `kubectl` is the command that runs kubectl. */
export function kubeContract(kubectl: readonly string[] = ["kubectl"]): Contract<Session, Target> {
  return new Contract({
    name: "kube",
    title: "Kubernetes API, controllers and scheduler",
    real: "Kubernetes 1.36 without nodes, and its kubectl",
    suites,
    golden: new GoldenFiles(fileURLToPath(new URL("./golden", import.meta.url))),
    allowed,
    uncompared,
    open(target, { suite, name }) {
      const namespace = `${suite}-${name}`
      return new Session(namespace, target, httpTo(target), new Kubectl(kubectl, target, namespace))
    },
  })
}
