import type { KubeObject } from "../client.ts"
import { AUTOSCALER_V1, AUTOSCALER_V2, toAutoscalerV1, toAutoscalerV2 } from "./autoscalers.ts"
import { CORE_EVENT, EVENTS_EVENT, toCoreEvent, toEventsEvent } from "./events.ts"

const CONVERSIONS: Readonly<Record<string, (object: KubeObject) => KubeObject>> = {
  [`Event ${CORE_EVENT} ${EVENTS_EVENT}`]: toEventsEvent,
  [`Event ${EVENTS_EVENT} ${CORE_EVENT}`]: toCoreEvent,
  [`HorizontalPodAutoscaler ${AUTOSCALER_V1} ${AUTOSCALER_V2}`]: toAutoscalerV2,
  [`HorizontalPodAutoscaler ${AUTOSCALER_V2} ${AUTOSCALER_V1}`]: toAutoscalerV1,
}

/** The object in another version; versions that differ in nothing but their name, as most of a CRD's do, just get it. */
export function converted(object: KubeObject, apiVersion: string): KubeObject {
  const convert = CONVERSIONS[`${object.kind} ${object.apiVersion} ${apiVersion}`]
  return convert === undefined ? { ...object, apiVersion } : convert(object)
}
