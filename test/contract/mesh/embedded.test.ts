import { judgeEmbedded } from "../harness/embedded-tests.ts"
import { meshContract } from "./contract.ts"
import { startEmbedded } from "./embedded.ts"

judgeEmbedded(meshContract, startEmbedded)
