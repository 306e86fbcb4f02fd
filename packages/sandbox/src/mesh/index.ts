export type { DataPlane, MeshNetwork, PodIdentity } from "./mesh.ts"
export { createDataPlane, type DataPlaneOptions, type MeshPlane } from "./plane/data-plane.ts"
export { seededRandom } from "./random.ts"
export type { MeshSnapshot } from "./snapshot.ts"
