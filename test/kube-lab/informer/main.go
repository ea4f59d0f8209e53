// informer keeps a namespace's config maps with client-go's shared informer, and writes what it holds, as one line of
// JSON with the colour of each, whenever that changes. Test use only.
// usage: KUBECONFIG=file informer NAMESPACE
package main

import (
	"encoding/json"
	"log"
	"os"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

func main() {
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	if err != nil {
		log.Fatal(err)
	}
	factory := informers.NewSharedInformerFactoryWithOptions(kubernetes.NewForConfigOrDie(config), 0, informers.WithNamespace(os.Args[1]))
	maps := factory.Core().V1().ConfigMaps()
	out := json.NewEncoder(os.Stdout)
	show := func() {
		all, err := maps.Lister().List(labels.Everything())
		if err != nil {
			log.Fatal(err)
		}
		colours := map[string]string{}
		for _, one := range all {
			colours[one.Name] = one.Data["colour"]
		}
		if err := out.Encode(colours); err != nil {
			log.Fatal(err)
		}
	}
	maps.Informer().AddEventHandler(cache.ResourceEventHandlerFuncs{
		AddFunc: func(any) { show() },
		UpdateFunc: func(old, next any) {
			if old.(*v1.ConfigMap).ResourceVersion != next.(*v1.ConfigMap).ResourceVersion {
				show()
			}
		},
		DeleteFunc: func(any) { show() },
	})
	factory.Start(nil)
	select {}
}
