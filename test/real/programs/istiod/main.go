// Command istiod is the real control plane of Istio, at the version that go.mod pins. It holds no code of its own. The
// custom resource definitions of the same version are a file of the module, whose folder `go list -m` tells.
package main

import (
	"fmt"
	"os"

	"istio.io/istio/pilot/cmd/pilot-discovery/app"
)

func main() {
	if err := app.NewRootCommand().Execute(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
