import type { ContractSummary } from "./harness/contract.ts"
import { githostContract } from "./githost/contract.ts"
import { kubeContract } from "./kube/contract.ts"
import { meshContract } from "./mesh/contract.ts"
import { prometheusContract } from "./prometheus/contract.ts"
import { registryContract } from "./registry/contract.ts"

/** All contracts, in the order of docs/reference/fidelity.md. */
export const contracts: readonly ContractSummary[] = [
  kubeContract().parts,
  registryContract.parts,
  prometheusContract.parts,
  githostContract.parts,
  meshContract.parts,
]
