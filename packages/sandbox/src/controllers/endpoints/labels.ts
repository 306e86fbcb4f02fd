// On slices and on the older Endpoints alike.
export const HEADLESS = "service.kubernetes.io/headless"
export const LAST_CHANGE = "endpoints.kubernetes.io/last-change-trigger-time"
