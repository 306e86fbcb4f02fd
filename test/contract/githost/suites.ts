import { auth } from "./cases/auth.ts"
import { clones, commits } from "./cases/clients.ts"
import { deployKeys } from "./cases/deploy-keys.ts"
import { discovery } from "./cases/discovery.ts"
import { fetches } from "./cases/fetches.ts"
import { pushes } from "./cases/pushes.ts"
import { ssh } from "./cases/ssh.ts"

export const suites = [discovery, fetches, pushes, auth, clones, commits, ssh, deployKeys]
