import { judgeEmbedded } from "../harness/embedded-tests.ts"
import { githostContract } from "./contract.ts"
import { startEmbedded } from "./embedded.ts"

judgeEmbedded(githostContract, startEmbedded)
