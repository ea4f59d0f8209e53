package main

import (
	"context"
	"fmt"
	"log"
	"strconv"
	"strings"
	"sync"
	"time"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	listers "k8s.io/client-go/listers/core/v1"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
)

// nodesLabel on a namespace asks for so many nodes of its own, on which its pods run. Without it nothing happens to the
// pods of a namespace. The nodes bear the namespace's name and a taint that keeps daemon sets of others away, and they go
// when the namespace does.
const nodesLabel = "kube-lab/nodes"

// cluster binds pods to nodes, starts them and ends them, by the state that the API server tells.
type cluster struct {
	client     kubernetes.Interface
	port       int32 // where the nodes' kubelet is: here
	namespaces listers.NamespaceLister
	nodes      listers.NodeLister
	pods       listers.PodLister
	queue      workqueue.TypedRateLimitingInterface[string]
	spaces     workqueue.TypedRateLimitingInterface[string]
	picking    sync.Mutex
	picked     map[types.UID]string // the nodes of pods that may not be shown as bound yet
}

func startCluster(kubeconfig string, port int32) (*cluster, error) {
	config, err := clientcmd.BuildConfigFromFlags("", kubeconfig)
	if err != nil {
		return nil, err
	}
	config.QPS, config.Burst = 200, 400
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return nil, err
	}
	factory := informers.NewSharedInformerFactory(client, 0)
	core := factory.Core().V1()
	c := &cluster{
		client:     client,
		picked:     map[types.UID]string{},
		port:       port,
		namespaces: core.Namespaces().Lister(),
		nodes:      core.Nodes().Lister(),
		pods:       core.Pods().Lister(),
		queue:      workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]()),
		spaces:     workqueue.NewTypedRateLimitingQueue(workqueue.DefaultTypedControllerRateLimiter[string]()),
	}
	pods, namespaces := core.Pods().Informer(), core.Namespaces().Informer()
	pods.AddEventHandler(enqueue(c.queue))
	namespaces.AddEventHandler(enqueue(c.spaces))
	stop := make(chan struct{})
	factory.Start(stop)
	cache.WaitForCacheSync(stop, pods.HasSynced, namespaces.HasSynced, core.Nodes().Informer().HasSynced)
	for range 4 {
		go work(c.queue, c.reconcilePod)
	}
	go work(c.spaces, c.reconcileNamespace)
	return c, nil
}

func enqueue(queue workqueue.TypedRateLimitingInterface[string]) cache.ResourceEventHandler {
	add := func(object any) {
		if key, err := cache.DeletionHandlingMetaNamespaceKeyFunc(object); err == nil {
			queue.Add(key)
		}
	}
	return cache.ResourceEventHandlerFuncs{
		AddFunc:    add,
		UpdateFunc: func(_, object any) { add(object) },
		DeleteFunc: add,
	}
}

// work takes keys until the program ends. What fails, often because somebody else was faster, is tried again.
func work(queue workqueue.TypedRateLimitingInterface[string], reconcile func(string) (time.Duration, error)) {
	for {
		key, closed := queue.Get()
		if closed {
			return
		}
		after, err := reconcile(key)
		switch {
		case err != nil:
			if !apierrors.IsConflict(err) && !apierrors.IsNotFound(err) {
				log.Println(key, err)
			}
			queue.AddRateLimited(key)
		case after > 0:
			queue.Forget(key)
			queue.AddAfter(key, after)
		default:
			queue.Forget(key)
		}
		queue.Done(key)
	}
}

// reconcileNamespace makes the nodes that a namespace asks for, and takes them away when it ends.
func (c *cluster) reconcileNamespace(name string) (time.Duration, error) {
	ctx := context.Background()
	wanted := 0
	namespace, err := c.namespaces.Get(name)
	if err == nil && namespace.DeletionTimestamp == nil {
		wanted, _ = strconv.Atoi(namespace.Labels[nodesLabel])
	} else if err != nil && !apierrors.IsNotFound(err) {
		return 0, err
	}
	have, err := c.nodesOf(name)
	if err != nil {
		return 0, err
	}
	for _, node := range have {
		if wanted == 0 {
			if err := c.client.CoreV1().Nodes().Delete(ctx, node.Name, metav1.DeleteOptions{}); err != nil && !apierrors.IsNotFound(err) {
				return 0, err
			}
		}
	}
	for i := 1; i <= wanted; i++ {
		if err := c.makeNode(ctx, name, i); err != nil {
			return 0, err
		}
	}
	return 0, nil
}

// nodeOf is the name of a namespace's node.
func nodeOf(namespace string, i int) string {
	return fmt.Sprintf("%s-node-%d", namespace, i)
}

// isOurs says whether a node's name is one that this kubelet gives to the nodes of a namespace.
func isOurs(node, namespace string) bool {
	return strings.HasPrefix(node, namespace+"-node-")
}

func (c *cluster) nodesOf(namespace string) ([]*v1.Node, error) {
	all, err := c.nodes.List(everything)
	if err != nil {
		return nil, err
	}
	var found []*v1.Node
	for _, node := range all {
		if node.Labels[namespaceLabel] == namespace {
			found = append(found, node)
		}
	}
	return found, nil
}
