export { startDelivery, type DeliveryOptions } from "./delivery.ts"
