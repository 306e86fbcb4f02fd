export { startKubelet, type Kubelet, type KubeletOptions, type KubeletTiming } from "./kubelet.ts"
