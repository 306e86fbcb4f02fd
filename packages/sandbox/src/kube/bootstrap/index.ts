export { kubernetesService } from "./kubernetes-service.ts"
export { putBootstrapObjects } from "./objects.ts"
