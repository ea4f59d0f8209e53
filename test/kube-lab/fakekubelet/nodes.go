package main

import (
	"context"
	"encoding/json"
	"strconv"

	v1 "k8s.io/api/core/v1"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/labels"
	"k8s.io/apimachinery/pkg/types"
	"k8s.io/component-helpers/scheduling/corev1/nodeaffinity"
	"k8s.io/klog/v2"
)

const (
	// namespaceLabel on a node names the one namespace whose pods run there.
	namespaceLabel = "kube-lab/namespace"
	// numberLabel is which of its nodes it is, for pods of several namespaces with the same node selector.
	numberLabel = "kube-lab/node"
)

var everything = labels.Everything()

// makeNode registers a node as its kubelet would, ready and reachable at this program's own port.
func (c *cluster) makeNode(ctx context.Context, namespace string, i int) error {
	name := nodeOf(namespace, i)
	if node, err := c.nodes.Get(name); err == nil && len(node.Status.Conditions) > 0 {
		return nil
	}
	_, err := c.client.CoreV1().Nodes().Create(ctx, &v1.Node{
		ObjectMeta: metav1.ObjectMeta{
			Name: name,
			Labels: map[string]string{
				namespaceLabel: namespace, numberLabel: strconv.Itoa(i), v1.LabelHostname: name, v1.LabelOSStable: "linux", v1.LabelArchStable: "amd64",
			},
		},
		Spec: v1.NodeSpec{Taints: ownTaint(namespace)},
	}, metav1.CreateOptions{})
	if err != nil && !apierrors.IsAlreadyExists(err) {
		return err
	}
	room := v1.ResourceList{
		v1.ResourceCPU: resource.MustParse("4"), v1.ResourceMemory: resource.MustParse("8Gi"), v1.ResourcePods: resource.MustParse("110"),
	}
	now := metav1.Now()
	status := v1.NodeStatus{
		Capacity:        room,
		Allocatable:     room,
		Addresses:       []v1.NodeAddress{{Type: v1.NodeInternalIP, Address: "127.0.0.1"}, {Type: v1.NodeHostName, Address: name}},
		DaemonEndpoints: v1.NodeDaemonEndpoints{KubeletEndpoint: v1.DaemonEndpoint{Port: c.port}},
		NodeInfo:        v1.NodeSystemInfo{KubeletVersion: "v1.36.3-lab", OperatingSystem: "linux", Architecture: "amd64", OSImage: "none", KernelVersion: "none", ContainerRuntimeVersion: "fake://1"},
		Conditions: []v1.NodeCondition{{
			Type: v1.NodeReady, Status: v1.ConditionTrue, Reason: "KubeletReady", Message: "kubelet is posting ready status",
			LastHeartbeatTime: now, LastTransitionTime: now,
		}},
	}
	// Patches, because controllers write to new nodes too. A new node is tainted as not ready, and the controller that
	// would see it ready is one that the lab does not run.
	taints, err := json.Marshal(map[string]any{"spec": v1.NodeSpec{Taints: ownTaint(namespace)}})
	if err != nil {
		return err
	}
	if _, err := c.client.CoreV1().Nodes().Patch(ctx, name, types.MergePatchType, taints, metav1.PatchOptions{}); err != nil {
		return err
	}
	patch, err := json.Marshal(map[string]any{"status": status})
	if err != nil {
		return err
	}
	_, err = c.client.CoreV1().Nodes().PatchStatus(ctx, name, patch)
	return err
}

// ownTaint keeps everybody else's pods away.
func ownTaint(namespace string) []v1.Taint {
	return []v1.Taint{{Key: namespaceLabel, Value: namespace, Effect: v1.TaintEffectNoSchedule}}
}

// pick chooses the node for a pod as a scheduler would, by taints, affinity and what runs there already; "" when none
// will have it.
func (c *cluster) pick(pod *v1.Pod) (string, error) {
	nodes, err := c.nodesOf(pod.Namespace)
	if err != nil {
		return "", err
	}
	pods, err := c.pods.Pods(pod.Namespace).List(everything)
	if err != nil {
		return "", err
	}
	// Pods that were bound a moment ago may be shown as unbound still.
	c.picking.Lock()
	defer c.picking.Unlock()
	load := map[string]int{}
	for _, other := range pods {
		if other.Spec.NodeName != "" {
			delete(c.picked, other.UID)
			load[other.Spec.NodeName]++
		} else {
			load[c.picked[other.UID]]++
		}
	}
	best := ""
	for _, node := range nodes {
		fits, err := nodeaffinity.GetRequiredNodeAffinity(pod).Match(node)
		if err != nil {
			return "", err
		}
		if !fits || !admits(node, pod) {
			continue
		}
		if best == "" || load[node.Name] < load[best] || (load[node.Name] == load[best] && node.Name < best) {
			best = node.Name
		}
	}
	if best != "" {
		c.picked[pod.UID] = best
	}
	return best, nil
}

func admits(node *v1.Node, pod *v1.Pod) bool {
	if node.Spec.Unschedulable {
		unschedulable := v1.Taint{Key: v1.TaintNodeUnschedulable, Effect: v1.TaintEffectNoSchedule}
		if !tolerates(pod, &unschedulable) {
			return false
		}
	}
	for i := range node.Spec.Taints {
		taint := &node.Spec.Taints[i]
		if taint.Key != namespaceLabel && taint.Effect != v1.TaintEffectPreferNoSchedule && !tolerates(pod, taint) {
			return false
		}
	}
	return true
}

func tolerates(pod *v1.Pod, taint *v1.Taint) bool {
	for i := range pod.Spec.Tolerations {
		if pod.Spec.Tolerations[i].ToleratesTaint(klog.Background(), taint, false) {
			return true
		}
	}
	return false
}
