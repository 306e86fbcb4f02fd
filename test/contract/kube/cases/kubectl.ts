import { suite } from "../case.ts"
import { at, list, text, type Json } from "../../harness/json.ts"
import type { Session } from "../session.ts"
import { PlayedKubelet, settled } from "./kubelet.ts"
import { configMapYaml, webYaml, widgetYaml } from "./manifests.ts"
import { configMap, pod, service, withoutController } from "./objects.ts"

const deployments = (s: Session, name?: string): string => s.in("apps/v1", "deployments", name)

/** Until kubectl's way of discovery, which has an own delay, tells of the group. */
function discovered(s: Session, group: string): Promise<Json> {
  const accept = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
  const told = (body: Json): boolean => list(body, "items").some((item) => text(item, "metadata", "name") === group)
  return s.until("the group is discovered", "/apis", told, { accept })
}

/** The Deployment and Service of `web.yaml`, rolled out. */
async function web(s: Session): Promise<PlayedKubelet> {
  const kubelet = new PlayedKubelet(s)
  await s.quietly("apply -f web.yaml", { files: { "web.yaml": webYaml } })
  // One after the other, so that they come in the same order everywhere.
  await kubelet.start(1)
  await s.until("it is an endpoint", s.in("discovery.k8s.io/v1", "endpointslices"), (body) =>
    list(body, "items").some((slice) => list(slice, "endpoints").length === 1),
  )
  await kubelet.start(1)
  await s.until("it is available", deployments(s, "web"), (body) => at(body, "status", "availableReplicas") === 2)
  await settled(
    s,
    s.core("services"),
    s.in("discovery.k8s.io/v1", "endpointslices"),
    deployments(s),
    s.in("apps/v1", "replicasets"),
    s.core("pods"),
    s.core("endpoints"),
    s.core("events"),
  )
  return kubelet
}

export const kubectlReads = suite(
  "kubectl-reads",
  {
    "get-outputs": async (s) => {
      await s.quiet("POST", s.core("configmaps"), configMap("a", { one: "1" }, { labels: { app: "x", tier: "web" } }))
      await s.quiet("POST", s.core("configmaps"), configMap("b", { one: "1", two: "2" }))
      await s.kubectl("get configmap a b")
      await s.kubectl("get cm -l app=x --show-labels")
      await s.kubectl("get cm a -o yaml")
      await s.kubectl("get cm a -o yaml --show-managed-fields")
      await s.kubectl("get cm a -o json")
      await s.kubectl("get cm a b -o name")
      await s.kubectl("get cm a -o jsonpath='{.data.one} {.metadata.labels}'")
      await s.kubectl("get cm -o custom-columns=NAME:.metadata.name,ONE:.data.one -l app")
      await s.kubectl("get cm a -o go-template='{{range $k, $v := .data}}{{$k}}={{$v}}{{end}}'")
      await s.kubectl("get cm -L tier -l app=x")
      await s.kubectl("get cm --field-selector metadata.name=b --no-headers")
      await s.kubectl("get cm,svc,deploy -l app=x")
      await s.kubectl("get cm a --v=0 --sort-by=.metadata.name")
    },
    "get-nothing": async (s) => {
      await s.kubectl("get pods")
      await s.kubectl("get pod none")
      await s.kubectl("get pod none --ignore-not-found")
      await s.kubectl("get gadgets")
      await s.kubectl("get gadgets.example.com")
      await s.kubectl("get pods -n nowhere")
      await s.kubectl("get cm -l 'a in b'")
      await s.kubectl("get cm --field-selector data.x=y")
      await s.kubectl("get pods/none cm/none")
    },
    "get-workload": async (s) => {
      await web(s)
      await s.kubectl("get deploy web")
      await s.kubectl("get deploy,rs -o wide")
      await s.kubectl("get pods --sort-by=.status.podIP")
      await s.kubectl("get pods -o wide --sort-by=.status.podIP")
      await s.kubectl("get svc,ep -o wide")
      await s.kubectl("get all -l app=web --sort-by=.status.podIP")
      await s.kubectl("get endpointslices")
      await s.kubectl("get deploy web -o yaml")
    },
    "get-cluster-things": async (s) => {
      await s.kubectl("get ns default")
      await s.kubectl("get namespaces kube-system -o wide --show-labels")
      await s.kubectl("get node node-1")
      await s.kubectl("get sa default")
      await s.kubectl("get clusterrole view")
      await s.kubectl("get priorityclasses")
      await s.kubectl("get svc kubernetes -n default")
    },
    "get-watch": async (s) => {
      await s.quiet("POST", s.core("configmaps"), configMap("a", { one: "1" }, { labels: { app: "x" } }))
      await s.kubectl("get cm -l app=x --watch --request-timeout=2s")
      await s.kubectl("get cm a --watch-only --output-watch-events --request-timeout=1s")
    },
    "describe-config": async (s) => {
      await s.quietly("apply -f settings.yaml", { files: { "settings.yaml": configMapYaml } })
      // One value: of several, older kubectls tell now the one first, now the other.
      await s.quietly(`patch cm settings --type=merge -p '{"data":{"size":null}}'`)
      await s.kubectl("describe cm settings")
      await s.quietly("create secret generic s --from-literal=password=hidden")
      await s.kubectl("describe secret s")
      await s.kubectl("describe cm none")
      await s.kubectl("describe sa default")
    },
    "describe-workload": async (s) => {
      await web(s)
      await s.kubectl("describe deployment web")
      await s.kubectl("describe service web")
      await s.kubectl("describe rs -l app=web")
    },
    "describe-pod": async (s) => {
      const kubelet = new PlayedKubelet(s)
      await s.quiet("POST", s.core("pods"), pod("p"))
      await s.until("the event", s.core("events"), (body) => list(body, "items").length === 1)
      await kubelet.start(1)
      await s.kubectl("describe pod p")
      await s.quiet("POST", s.core("pods"), pod("stuck", { nodeSelector: { disk: "ssd" } }))
      await s.until("the event", s.core("events"), (body) => list(body, "items").length === 2)
      await s.kubectl("describe pod stuck")
    },
    "describe-namespace-and-node": async (s) => {
      await s.kubectl(`describe ns ${s.ns}`)
      await s.kubectl("describe clusterrole system:basic-user")
    },
    explain: async (s) => {
      await s.kubectl("explain deployment")
      await s.kubectl("explain deploy.spec.strategy")
      await s.kubectl("explain pod.spec.containers.readinessProbe.httpGet --recursive")
      await s.kubectl("explain cm.nothing")
      await s.kubectl("explain gadget")
    },
    "explain-custom": async (s) => {
      const group = "explain.example.com"
      // A cache of its own: the real server dates its list of documents by the second, so that kubectl, asking twice
      // within one, would be told that nothing is new.
      await s.quietly("apply -f crd.yaml --cache-dir=before", { files: { "crd.yaml": widgetYaml(group) } })
      await discovered(s, group)
      await s.until(
        "its document is listed",
        "/openapi/v3",
        (body) => at(body, "paths", `apis/${group}/v1`) !== undefined,
      )
      await s.kubectl(`explain widgets.spec --api-version=${group}/v1`)
      await s.quietly(`delete crd widgets.${group}`)
    },
    "api-resources": async (s) => {
      await s.kubectl("api-resources --api-group=apps")
      await s.kubectl("api-resources --api-group=batch -o wide")
      await s.kubectl("api-resources --namespaced=false --api-group=rbac.authorization.k8s.io --verbs=list -o name")
      await s.kubectl("api-resources --api-group='' --sort-by=kind")
    },
    "cluster-info-and-version": async (s) => {
      await s.kubectl("version -o json")
      await s.kubectl("cluster-info")
      await s.kubectl("get --raw /readyz")
      await s.kubectl("get --raw /api/v1/namespaces/default -o json")
    },
    "auth-questions": async (s) => {
      await s.kubectl("auth can-i create deployments")
      await s.kubectl("auth can-i '*' '*' --all-namespaces")
      await s.kubectl("auth can-i delete pods --as=alice")
      await s.kubectl("auth can-i get pods --subresource=log --as=alice --as-group=friends")
      await s.kubectl("auth can-i get /version --as=alice")
      await s.kubectl("auth can-i --list --as=alice")
      await s.kubectl("auth can-i get gadgets")
      await s.kubectl("auth whoami")
      await s.kubectl("auth whoami --as=alice --as-group=friends")
      await s.kubectl("get pods --as=alice")
    },
    events: async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p"))
      await s.until("the event", s.core("events"), (body) => list(body, "items").length === 1)
      await s.kubectl("events")
      await s.kubectl("events --for pod/p")
      await s.kubectl("events --types=Warning")
      await s.kubectl("get events")
      await s.kubectl("get events --field-selector involvedObject.name=p -o jsonpath='{.items[*].reason}'")
    },
  },
  ["controllers", "kubectl"],
)

export const kubectlWrites = suite(
  "kubectl-writes",
  {
    "apply-client-side": async (s) => {
      const files = { "settings.yaml": configMapYaml }
      await s.kubectl("apply -f settings.yaml", { files })
      await s.kubectl("apply -f settings.yaml")
      await s.get(s.core("configmaps", "settings"))
      await s.kubectl("apply -f settings.yaml", {
        files: { "settings.yaml": configMapYaml.replace("color: blue", "color: green").replace('  size: "3"\n', "") },
      })
      await s.get(s.core("configmaps", "settings"))
      await s.kubectl("apply view-last-applied cm settings")
    },
    "apply-server-side": async (s) => {
      await s.kubectl("apply --server-side -f settings.yaml", { files: { "settings.yaml": configMapYaml } })
      await s.kubectl("apply --server-side -f settings.yaml")
      await s.quiet(
        "PATCH",
        `${s.core("configmaps", "settings")}?fieldManager=other`,
        { data: { color: "red" } },
        { contentType: "application/merge-patch+json" },
      )
      await s.kubectl("apply --server-side -f settings.yaml")
      await s.kubectl("apply --server-side --force-conflicts -f settings.yaml")
      await s.kubectl("apply --server-side --field-manager=third -f settings.yaml")
      await s.get(s.core("configmaps", "settings"))
    },
    "apply-migrates-to-server-side": async (s) => {
      await s.kubectl("apply -f settings.yaml", { files: { "settings.yaml": configMapYaml } })
      await s.kubectl("apply --server-side -f settings.yaml", {
        files: { "settings.yaml": configMapYaml.replace("color: blue", "color: green") },
      })
      await s.get(s.core("configmaps", "settings"))
    },
    "apply-dry-run": async (s) => {
      await s.kubectl("apply -f settings.yaml --dry-run=client", { files: { "settings.yaml": configMapYaml } })
      await s.kubectl("apply -f settings.yaml --dry-run=server")
      await s.kubectl("get cm settings")
      await s.kubectl("apply -f settings.yaml")
      await s.kubectl("apply -f settings.yaml --dry-run=server -o yaml")
    },
    "apply-several": async (s) => {
      await s.kubectl("apply -f web.yaml", { files: { "web.yaml": webYaml } })
      await s.kubectl("apply -f web.yaml", { files: { "web.yaml": webYaml.replace("replicas: 2", "replicas: 3") } })
      await s.get(deployments(s, "web"), { show: (body) => at(body, "spec", "replicas") ?? body })
    },
    "apply-prune": async (s) => {
      const two = `${configMapYaml}---\n${configMapYaml.replace("name: settings", "name: more")}`
      await s.kubectl("apply -f all.yaml --prune -l app=web --prune-allowlist=core/v1/ConfigMap", {
        files: { "all.yaml": two },
      })
      await s.kubectl("apply -f all.yaml --prune -l app=web --prune-allowlist=core/v1/ConfigMap", {
        files: { "all.yaml": configMapYaml },
      })
    },
    "apply-what-is-wrong": async (s) => {
      await s.kubectl("apply -f bad.yaml", { files: { "bad.yaml": configMapYaml.replace("data:", "dta:") } })
      await s.kubectl("apply -f bad.yaml --validate=warn")
      await s.kubectl("apply -f bad.yaml", { files: { "bad.yaml": "kind: ConfigMap\napiVersion: v1\n" } })
      await s.kubectl("apply -f bad.yaml", {
        files: { "bad.yaml": webYaml.replace("app: web\n  template", "app: other\n  template") },
      })
      await s.kubectl("apply -f bad.yaml", {
        files: { "bad.yaml": "apiVersion: none.example.com/v1\nkind: Thing\nmetadata: {name: x}\n" },
      })
      await s.kubectl("apply -f bad.yaml", { files: { "bad.yaml": "a: [b\n" } })
      await s.kubectl("apply -f bad.yaml", { files: { "bad.yaml": webYaml.replace("replicas: 2", "replicas: two") } })
      await s.kubectl("apply -f missing.yaml")
    },
    "apply-custom-resource": async (s) => {
      const group = "kubectl.example.com"
      await s.kubectl("apply -f crd.yaml", { files: { "crd.yaml": widgetYaml(group) } })
      await s.kubectl(`wait --for=condition=Established crd/widgets.${group} --timeout=10s`)
      await discovered(s, group)
      const widget = `apiVersion: ${group}/v1\nkind: Widget\nmetadata:\n  name: w\nspec:\n  size: 2\n`
      await s.kubectl("apply -f w.yaml", { files: { "w.yaml": widget } })
      await s.kubectl("apply -f w.yaml", { files: { "w.yaml": widget.replace("2", "3") } })
      await s.kubectl("get widgets")
      await s.kubectl("get ka w -o yaml")
      await s.kubectl("apply -f w.yaml", { files: { "w.yaml": widget.replace("2", "0") } })
      await s.kubectl("delete widget w")
      await s.kubectl(`delete crd widgets.${group}`)
    },
    diff: async (s) => {
      await s.kubectl("diff -f settings.yaml", { files: { "settings.yaml": configMapYaml } })
      await s.quietly("apply -f settings.yaml")
      await s.kubectl("diff -f settings.yaml")
      await s.kubectl("diff -f settings.yaml", { files: { "settings.yaml": configMapYaml.replace("blue", "green") } })
      await s.kubectl("diff --server-side -f settings.yaml")
    },
    "create-by-flags": async (s) => {
      await s.kubectl("create configmap c --from-literal=a=1 --from-literal=b=2")
      await s.get(s.core("configmaps", "c"), { show: (body) => at(body, "data") ?? body })
      await s.kubectl("create configmap c --from-literal=a=1")
      await s.kubectl("create secret generic s --from-literal=p=w")
      await s.kubectl("create deployment d --image=app:1 --replicas=2 --port=80")
      await s.get(deployments(s, "d"), { show: withoutController })
      await s.kubectl("create service clusterip svc --tcp=80:8080")
      await s.kubectl("create serviceaccount robot")
      await s.kubectl("create role r --verb=get,list --resource=pods")
      await s.kubectl("create rolebinding rb --role=r --user=alice")
      await s.kubectl("create job j --image=app:1")
      await s.kubectl("create namespace default")
      await s.kubectl("create -f settings.yaml", { files: { "settings.yaml": configMapYaml } })
      await s.kubectl("create -f settings.yaml")
    },
    "create-token": async (s) => {
      await s.kubectl("create token default --duration=10m")
      await s.kubectl("create token none")
    },
    edit: async (s) => {
      await s.quietly("apply -f settings.yaml", { files: { "settings.yaml": configMapYaml } })
      await s.kubectl("edit cm settings", { editor: "sed -i s/blue/green/" })
      await s.kubectl("edit cm settings", { editor: "true" })
      await s.get(s.core("configmaps", "settings"), { show: (body) => at(body, "data") ?? body })
    },
    patch: async (s) => {
      await s.quietly("apply -f web.yaml", { files: { "web.yaml": webYaml } })
      await s.kubectl(`patch deployment web -p '{"spec":{"paused":true}}'`)
      await s.kubectl(`patch deployment web --type=merge -p '{"spec":{"paused":true}}'`)
      await s.kubectl(`patch deployment web --type=json -p '[{"op":"replace","path":"/spec/replicas","value":5}]'`)
      await s.kubectl(`patch deployment web --subresource=scale --type=merge -p '{"spec":{"replicas":1}}'`)
      await s.kubectl(`patch deployment web --type=json -p '[{"op":"remove","path":"/spec/none"}]'`)
      await s.kubectl(`patch deployment web -p '{"spec":{"replicas":-1}}'`)
      await s.kubectl(`patch deployment none -p '{}'`)
      await s.kubectl(
        `patch deployment web -p '{"spec":{"template":{"spec":{"containers":[{"name":"main","image":"app:2"}]}}}}' --dry-run=server`,
      )
    },
    replace: async (s) => {
      await s.kubectl("replace -f settings.yaml", { files: { "settings.yaml": configMapYaml } })
      await s.quietly("create -f settings.yaml")
      await s.kubectl("replace -f settings.yaml", {
        files: { "settings.yaml": configMapYaml.replace("blue", "green") },
      })
      await s.kubectl("replace --force -f settings.yaml")
      await s.get(s.core("configmaps", "settings"), { show: (body) => at(body, "data") ?? body })
    },
    delete: async (s) => {
      await s.quiet("POST", s.core("configmaps"), configMap("a", {}, { labels: { app: "x" } }))
      await s.quiet("POST", s.core("configmaps"), configMap("b", {}, { labels: { app: "x" } }))
      await s.quiet("POST", s.core("configmaps"), configMap("c"))
      await s.kubectl("delete cm c --dry-run=server")
      await s.kubectl("delete cm c")
      await s.kubectl("delete cm c")
      await s.kubectl("delete cm c --ignore-not-found")
      await s.kubectl("delete cm -l app=x")
      await s.kubectl("delete -f settings.yaml", { files: { "settings.yaml": configMapYaml } })
    },
    "delete-cascades": async (s) => {
      const kubelet = await web(s)
      await s.kubectl("delete deployment web --cascade=foreground --wait=false")
      await kubelet.remove(2)
      await s.untilGone(deployments(s, "web"))
      await s.quietly("apply -f web.yaml")
      await kubelet.start(2)
      await s.kubectl("delete deployment web --cascade=orphan")
      await s.until(
        "its set is on its own",
        s.in("apps/v1", "replicasets"),
        (body) => at(body, "items", 0, "metadata", "ownerReferences") === undefined,
      )
      s.note("sets left", list(await s.quiet("GET", s.in("apps/v1", "replicasets")), "items").length)
    },
    "delete-pod": async (s) => {
      await s.quiet("POST", s.core("pods"), pod("p", { nodeName: "node-1" }))
      await s.kubectl("delete pod p --wait=false")
      await s.kubectl("get pod p")
      await s.kubectl("delete pod p --force --grace-period=0")
    },
    "label-and-annotate": async (s) => {
      await s.quiet("POST", s.core("configmaps"), configMap("a"))
      await s.kubectl("label cm a app=x")
      await s.kubectl("label cm a app=y")
      await s.kubectl("label cm a app=y --overwrite")
      await s.kubectl("label cm a app-")
      await s.kubectl("label cm a none-")
      await s.kubectl("label cm a bad!=x")
      await s.kubectl("annotate cm a note='two words'")
      await s.kubectl("annotate cm a note-")
      await s.get(s.core("configmaps", "a"))
    },
    "scale-and-set": async (s) => {
      await s.quietly("apply -f web.yaml", { files: { "web.yaml": webYaml } })
      await s.kubectl("scale deployment web --replicas=3")
      await s.kubectl("scale deployment web --replicas=4 --current-replicas=9")
      await s.kubectl("scale deployment none --replicas=1")
      await s.kubectl("set image deployment/web main=app:2")
      await s.kubectl("set image deployment/web none=app:2")
      await s.kubectl("set env deployment/web SHAPE=round COLOR-")
      await s.kubectl("set resources deployment web --limits=cpu=1")
      await s.get(deployments(s, "web"), {
        show: (body) => at(body, "spec", "template", "spec", "containers", 0) ?? body,
      })
      await s.kubectl("autoscale deployment web --min=1 --max=3 --cpu=80%")
      await s.kubectl("expose deployment web --name=other --port=80")
    },
    rollout: async (s) => {
      const kubelet = await web(s)
      await s.kubectl("rollout status deployment/web")
      await s.kubectl("set image deployment/web main=app:2")
      await s.kubectl("annotate deployment/web kubernetes.io/change-cause='second image'")
      await kubelet.start(2)
      await s.kubectl("rollout status deployment/web --timeout=20s")
      await s.until("the cause is noted", s.in("apps/v1", "replicasets"), (body) =>
        list(body, "items").some((item) => text(item, "metadata", "annotations", "kubernetes.io/change-cause") !== ""),
      )
      await s.kubectl("rollout history deployment/web")
      await s.kubectl("rollout history deployment/web --revision=1")
      await s.kubectl("rollout undo deployment/web")
      await kubelet.start(2)
      await s.kubectl("rollout status deployment/web --timeout=20s")
      await s.get(deployments(s, "web"), {
        show: (body) => text(body, "spec", "template", "spec", "containers", 0, "image"),
      })
      await s.kubectl("rollout undo deployment/web --to-revision=9")
      await s.kubectl("rollout pause deployment/web")
      await s.kubectl("rollout pause deployment/web")
      await s.kubectl("rollout undo deployment/web")
      await s.kubectl("rollout resume deployment/web")
    },
    "rollout-restart-and-watch": async (s) => {
      const kubelet = await web(s)
      await s.kubectl("rollout restart deployment/web")
      await s.until("a new set", s.in("apps/v1", "replicasets"), (body) => list(body, "items").length === 2)
      await s.kubectl("rollout status deployment/web --watch=false")
      await kubelet.start(2)
      await s.kubectl("rollout status deployment/web --timeout=20s")
      await s.kubectl("rollout status deployment/none")
    },
    wait: async (s) => {
      const kubelet = await web(s)
      await s.kubectl("wait --for=condition=Available deployment/web --timeout=5s")
      await s.kubectl("wait --for=jsonpath='{.status.readyReplicas}'=2 deployment/web --timeout=5s")
      await s.kubectl("wait --for=condition=Never deployment/web --timeout=1s")
      await s.kubectl("wait --for=delete cm/none --timeout=5s")
      await s.kubectl("wait --for=create cm/kube-root-ca.crt --timeout=5s")
      s.note("pods", (await kubelet.pods()).length)
    },
    taint: async (s) => {
      await s.kubectl("cordon none")
      await s.kubectl("taint nodes none a=b:NoSchedule")
    },
    run: async (s) => {
      await s.kubectl("run p --image=app:1 --restart=Never --port=80 --labels=app=x -- one two")
      await s.until("it has a node", s.core("pods", "p"), (body) => text(body, "spec", "nodeName") !== "")
      await s.get(s.core("pods", "p"), { show: (body) => at(body, "metadata", "labels") ?? body })
      await s.quiet("POST", s.core("services"), service("web"))
      await s.kubectl("logs p --request-timeout=2s -c none")
      await s.kubectl("logs none")
      await s.kubectl("exec none -- ls")
    },
  },
  ["controllers", "kubectl"],
)
