import { fileURLToPath } from "node:url"
import { Contract } from "../harness/contract.ts"
import { GoldenFiles } from "../harness/golden.ts"
import { allowed, uncompared } from "./fidelity.ts"
import { Session } from "./session.ts"
import { suites } from "./suites.ts"
import type { Target } from "./target.ts"

export const meshContract = new Contract<Session, Target>({
  name: "mesh",
  title: "Mesh",
  real: "istiod and Envoy 1.40",
  suites,
  golden: new GoldenFiles(fileURLToPath(new URL("./golden", import.meta.url))),
  allowed,
  uncompared,
  open: (target, { suite, name }) => new Session(`${suite}-${name}`, target),
})
