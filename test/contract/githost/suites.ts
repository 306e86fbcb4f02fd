import { auth } from "./cases/auth.ts"
import { clones } from "./cases/clones.ts"
import { commits } from "./cases/commits.ts"
import { deployKeys } from "./cases/deploy-keys.ts"
import { discovery } from "./cases/discovery.ts"
import { fetches } from "./cases/fetches.ts"
import { pushes } from "./cases/pushes.ts"
import { ssh } from "./cases/ssh.ts"

export const suites = [discovery, fetches, pushes, auth, clones, commits, ssh, deployKeys]
