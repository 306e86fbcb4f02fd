// Command kube-schema prints what the Go types of Kubernetes' API say about their JSON and what no
// OpenAPI document tells: which fields are pointers, which are left out when empty, what a string type
// is called in a decoding error. scripts/generate-kube-schema.mjs joins this with the list types of the
// OpenAPI documents. Run through that script.
package main

import (
	"encoding/json"
	"os"
	"reflect"
	"sort"
	"strings"

	apiextensions "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/client-go/kubernetes/scheme"
	apiregistration "k8s.io/kube-aggregator/pkg/apis/apiregistration/v1"
)

type field struct {
	Name string `json:"name"`
	Type string `json:"type"`
	// Tag options that matter: omitempty, omitzero.
	Omit []string `json:"omit,omitempty"`
	// The type's name, where it is a list or map with one.
	Go string `json:"go,omitempty"`
	// The embedded struct that the field comes from.
	In string `json:"in,omitempty"`
}

type structType struct {
	Go     string  `json:"go"`
	Fields []field `json:"fields"`
}

type output struct {
	Kinds map[string]string      `json:"kinds"`
	Types map[string]*structType `json:"types"`
}

// Types with a JSON form of their own.
var special = map[string]string{
	"k8s.io/apimachinery/pkg/api/resource.Quantity":                                         "quantity",
	"k8s.io/apimachinery/pkg/util/intstr.IntOrString":                                       "intOrString",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Time":                                             "time",
	"k8s.io/apimachinery/pkg/apis/meta/v1.MicroTime":                                        "microTime",
	"k8s.io/apimachinery/pkg/apis/meta/v1.Duration":                                         "duration",
	"k8s.io/apimachinery/pkg/apis/meta/v1.FieldsV1":                                         "any",
	"k8s.io/apimachinery/pkg/runtime.RawExtension":                                          "raw",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSON":                         "any",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrBool":        "schemaOrBool",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrArray":       "schemaOrArray",
	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1.JSONSchemaPropsOrStringArray": "any",
}

// id is the name of the type's definition in the OpenAPI documents.
func id(t reflect.Type) string {
	parts := strings.Split(t.PkgPath(), "/")
	host := strings.Split(parts[0], ".")
	for i, j := 0, len(host)-1; i < j; i, j = i+1, j-1 {
		host[i], host[j] = host[j], host[i]
	}
	return strings.Join(append(append(host, parts[1:]...), t.Name()), ".")
}

func (o *output) expression(t reflect.Type) string {
	if name, ok := special[t.PkgPath()+"."+t.Name()]; ok {
		return name
	}
	switch t.Kind() {
	case reflect.Pointer:
		return "*" + o.expression(t.Elem())
	case reflect.Slice:
		if t.Elem().Kind() == reflect.Uint8 {
			return "bytes"
		}
		return "[]" + o.expression(t.Elem())
	case reflect.Map:
		return "{}" + o.expression(t.Elem())
	case reflect.Struct:
		o.add(t)
		return "@" + id(t)
	case reflect.Interface:
		return "any"
	default:
		if t.PkgPath() != "" {
			return t.Kind().String() + ":" + t.String()
		}
		return t.Kind().String()
	}
}

func (o *output) fields(t reflect.Type) []field {
	all := []field{}
	for i := range t.NumField() {
		f := t.Field(i)
		name, options, _ := strings.Cut(f.Tag.Get("json"), ",")
		if name == "-" || !f.IsExported() {
			continue
		}
		if name == "" && (f.Anonymous || strings.Contains(options, "inline")) {
			inner := f.Type
			if inner.Kind() == reflect.Pointer {
				inner = inner.Elem()
			}
			for _, embedded := range o.fields(inner) {
				if inner.Name() != "TypeMeta" {
					embedded.In = strings.Join(append([]string{f.Name}, strings.Fields(embedded.In)...), ".")
				}
				all = append(all, embedded)
			}
			continue
		}
		if name == "" {
			name = f.Name
		}
		entry := field{Name: name, Type: o.expression(f.Type)}
		if kind := f.Type.Kind(); f.Type.PkgPath() != "" && (kind == reflect.Map || kind == reflect.Slice) {
			entry.Go = f.Type.String()
		}
		for _, option := range strings.Split(options, ",") {
			if option == "omitempty" || option == "omitzero" {
				entry.Omit = append(entry.Omit, option)
			}
		}
		all = append(all, entry)
	}
	return all
}

func (o *output) add(t reflect.Type) {
	name := id(t)
	if _, ok := o.Types[name]; ok {
		return
	}
	s := &structType{Go: t.String()}
	o.Types[name] = s
	s.Fields = o.fields(t)
}

func main() {
	s := runtime.NewScheme()
	for _, add := range []func(*runtime.Scheme) error{scheme.AddToScheme, apiextensions.AddToScheme, apiregistration.AddToScheme} {
		if err := add(s); err != nil {
			panic(err)
		}
	}
	served := map[string]bool{}
	for _, gv := range os.Args[1:] {
		served[gv] = true
	}
	o := &output{Kinds: map[string]string{}, Types: map[string]*structType{}}
	known := s.AllKnownTypes()
	var order []string
	byName := map[string]reflect.Type{}
	for gvk, t := range known {
		skip := strings.HasSuffix(gvk.Kind, "List") || gvk.Kind == "WatchEvent" ||
			strings.HasSuffix(gvk.Kind, "Options") && gvk.Kind != "DeleteOptions"
		if !served[gvk.GroupVersion().String()] || skip {
			continue
		}
		key := gvk.GroupVersion().String() + "/" + gvk.Kind
		order = append(order, key)
		byName[key] = t
	}
	sort.Strings(order)
	for _, key := range order {
		o.Kinds[key] = id(byName[key])
		o.add(byName[key])
	}
	encoder := json.NewEncoder(os.Stdout)
	if err := encoder.Encode(o); err != nil {
		panic(err)
	}
}
