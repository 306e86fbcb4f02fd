import { judgeEmbedded } from "../harness/embedded-tests.ts"
import { prometheusContract } from "./contract.ts"
import { startEmbedded } from "./embedded.ts"

judgeEmbedded(prometheusContract, startEmbedded)
