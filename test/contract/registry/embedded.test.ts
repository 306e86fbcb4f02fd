import { judgeEmbedded } from "../harness/embedded-tests.ts"
import { registryContract } from "./contract.ts"
import { startEmbedded } from "./embedded.ts"

judgeEmbedded(registryContract, startEmbedded)
