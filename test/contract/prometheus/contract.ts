import { fileURLToPath } from "node:url"
import { Contract } from "../harness/contract.ts"
import { GoldenFiles } from "../harness/golden.ts"
import { allowed, uncompared } from "./fidelity.ts"
import { Session } from "./session.ts"
import { suites } from "./suites.ts"
import type { Target } from "./target.ts"

export const prometheusContract = new Contract<Session, Target>({
  name: "prometheus",
  title: "Prometheus",
  real: "Debian's prometheus 2.42",
  suites,
  golden: new GoldenFiles(fileURLToPath(new URL("./golden", import.meta.url))),
  allowed,
  uncompared,
  open: (target, { name }) => new Session(name, target),
})
