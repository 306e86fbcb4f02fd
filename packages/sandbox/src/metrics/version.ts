/** The Prometheus whose answers and requests these are. */
export const version = "3.16.0"
