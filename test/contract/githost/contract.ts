import { fileURLToPath } from "node:url"
import { Contract } from "../harness/contract.ts"
import { GoldenFiles } from "../harness/golden.ts"
import { allowed, uncompared } from "./fidelity.ts"
import { Session } from "./session.ts"
import { suites } from "./suites.ts"
import type { Target } from "./target.ts"

export const githostContract = new Contract<Session, Target>({
  name: "githost",
  title: "Git host",
  real: "git's `http-backend` in Apache; `git-shell` and gitolite in OpenSSH's sshd",
  suites,
  golden: new GoldenFiles(fileURLToPath(new URL("./golden", import.meta.url))),
  allowed,
  uncompared,
  open: (target, { suite, name }) => new Session(`${suite}/${name}`, target),
})
