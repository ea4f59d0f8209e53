package main

import (
	"context"
	"fmt"
	"hash/fnv"
	"strconv"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/equality"
	apierrors "k8s.io/apimachinery/pkg/api/errors"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/tools/cache"
)

// What a pod's annotations ask of its kubelet.
const (
	// faultKey: "never-ready", "image-pull", "crash-loop".
	faultKey = "kube-lab/fault"
	// startsKey: how long the containers take to start, e.g. "3s".
	startsKey = "kube-lab/starts-after"
	// runsKey: how long the containers run before they end by themselves. A job's run for a moment, others for ever.
	runsKey = "kube-lab/runs-for"
	// exitKey: the exit code they then end with.
	exitKey = "kube-lab/exit-code"
	// endsKey: how long the containers take to end once they are told to; at most the pod's grace period.
	endsKey = "kube-lab/ends-after"
)

const (
	jobRuns      = 300 * time.Millisecond
	crashesEvery = 2 * time.Second
	// missingTag on an image is one that no registry has.
	missingTag = ":missing"
)

// reconcilePod takes a pod one step further. It returns when to look again, if nothing else happens to the pod.
func (c *cluster) reconcilePod(key string) (time.Duration, error) {
	namespace, name, err := cache.SplitMetaNamespaceKey(key)
	if err != nil {
		return 0, err
	}
	pod, err := c.pods.Pods(namespace).Get(name)
	if apierrors.IsNotFound(err) {
		return 0, nil
	}
	if err != nil {
		return 0, err
	}
	switch {
	case pod.Spec.NodeName == "":
		return c.bind(pod)
	case !isOurs(pod.Spec.NodeName, namespace):
		return 0, nil
	case pod.DeletionTimestamp != nil:
		return c.end(pod)
	default:
		return c.run(pod)
	}
}

// bind gives a pod of a namespace with nodes one of them. A pod that none will have is looked at again every second.
func (c *cluster) bind(pod *v1.Pod) (time.Duration, error) {
	space, err := c.namespaces.Get(pod.Namespace)
	if err != nil || space.Labels[nodesLabel] == "" || pod.DeletionTimestamp != nil || len(pod.Spec.SchedulingGates) > 0 {
		return 0, err
	}
	node, err := c.pick(pod)
	if err != nil {
		return 0, err
	}
	if node != "" {
		binding := &v1.Binding{
			ObjectMeta: metav1.ObjectMeta{Namespace: pod.Namespace, Name: pod.Name, UID: pod.UID},
			Target:     v1.ObjectReference{Kind: "Node", Name: node},
		}
		return 0, c.client.CoreV1().Pods(pod.Namespace).Bind(context.Background(), binding, metav1.CreateOptions{})
	}
	next := pod.DeepCopy()
	setCondition(next, v1.PodScheduled, false, v1.PodReasonUnschedulable, "no node will have the pod")
	return time.Second, c.update(pod, next)
}

// run starts the containers and says what has become of them.
func (c *cluster) run(pod *v1.Pod) (time.Duration, error) {
	if pod.Status.Phase == v1.PodSucceeded || pod.Status.Phase == v1.PodFailed {
		return 0, nil
	}
	next := pod.DeepCopy()
	status := &next.Status
	now := time.Now()
	if status.StartTime == nil {
		at := metav1.NewTime(now)
		status.StartTime = &at
		status.Phase = v1.PodPending
		status.HostIP, status.HostIPs = "127.0.0.1", []v1.HostIP{{IP: "127.0.0.1"}}
		status.PodIP = addressOf(pod)
		status.PodIPs = []v1.PodIP{{IP: status.PodIP}}
		setCondition(next, v1.PodReadyToStartContainers, true, "", "")
		setCondition(next, v1.PodInitialized, true, "", "")
		setReady(next, false)
		setContainers(next, waitingIn("ContainerCreating", ""))
		return 0, c.update(pod, next)
	}
	if after := startsIn(pod, now); after > 0 {
		return after, nil
	}
	fault := pod.Annotations[faultKey]
	if image := missingImage(pod); image != "" || fault == "image-pull" {
		setContainers(next, waitingIn("ImagePullBackOff", fmt.Sprintf("Back-off pulling image %q", image)))
		return 0, c.update(pod, next)
	}
	status.Phase = v1.PodRunning
	if fault == "crash-loop" {
		if left := crashesIn(pod, now); left > 0 {
			return left, nil
		}
		crash(next)
		setReady(next, false)
		return crashesEvery, c.update(pod, next)
	}
	ready := fault != "never-ready"
	setContainers(next, func(container *v1.ContainerStatus) {
		container.Ready = ready
		if container.State.Running == nil {
			container.State = v1.ContainerState{Running: &v1.ContainerStateRunning{StartedAt: metav1.NewTime(now)}}
		}
	})
	setReady(next, ready)
	if err := c.update(pod, next); err != nil {
		return 0, err
	}
	return c.complete(pod, now)
}

// startsIn is how long the containers of a pod that was bound still take to start.
func startsIn(pod *v1.Pod, now time.Time) time.Duration {
	if pod.Status.Phase != v1.PodPending {
		return 0
	}
	return pod.Status.StartTime.Add(durationIn(pod, startsKey, 0)).Sub(now)
}

// crashesIn is how long the containers of a pod that crashed wait until they crash again.
func crashesIn(pod *v1.Pod, now time.Time) time.Duration {
	left := time.Duration(0)
	for _, status := range pod.Status.ContainerStatuses {
		if last := status.LastTerminationState.Terminated; last != nil {
			left = max(left, last.FinishedAt.Add(crashesEvery).Sub(now))
		}
	}
	return left
}

// complete ends the containers of a pod that does not run for ever, once they have run for long enough.
func (c *cluster) complete(pod *v1.Pod, now time.Time) (time.Duration, error) {
	runs := durationIn(pod, runsKey, 0)
	if runs == 0 && isOfJob(pod) {
		runs = jobRuns
	}
	if runs == 0 || pod.Spec.RestartPolicy == v1.RestartPolicyAlways || pod.Status.Phase != v1.PodRunning {
		return 0, nil
	}
	if left := pod.Status.StartTime.Add(durationIn(pod, startsKey, 0) + runs).Sub(now); left > 0 {
		return left, nil
	}
	next := pod.DeepCopy()
	code, _ := strconv.ParseInt(pod.Annotations[exitKey], 10, 32)
	finish(next, int32(code), now)
	next.Status.Phase = v1.PodSucceeded
	if code != 0 {
		next.Status.Phase = v1.PodFailed
	}
	return 0, c.update(pod, next)
}

// end takes a pod that is being deleted away, when its containers have had the time they need.
func (c *cluster) end(pod *v1.Pod) (time.Duration, error) {
	grace := time.Duration(0)
	if pod.DeletionGracePeriodSeconds != nil {
		grace = time.Duration(*pod.DeletionGracePeriodSeconds) * time.Second
	}
	// The deletion timestamp is when the grace period is over.
	ends := pod.DeletionTimestamp.Add(min(durationIn(pod, endsKey, 0), grace) - grace)
	if left := time.Until(ends); left > 0 {
		return left, nil
	}
	if pod.Status.Phase == v1.PodRunning || pod.Status.Phase == v1.PodPending {
		next := pod.DeepCopy()
		finish(next, 0, time.Now())
		if err := c.update(pod, next); err != nil {
			return 0, err
		}
	}
	now := int64(0)
	err := c.client.CoreV1().Pods(pod.Namespace).Delete(context.Background(), pod.Name, metav1.DeleteOptions{
		GracePeriodSeconds: &now, Preconditions: metav1.NewUIDPreconditions(string(pod.UID)),
	})
	if apierrors.IsNotFound(err) || apierrors.IsConflict(err) {
		return 0, nil
	}
	return 0, err
}

// waiting is why a container has said nothing yet; "" when it has run, or when nothing is known of it.
func (c *cluster) waiting(namespace, name, container string) string {
	pod, err := c.pods.Pods(namespace).Get(name)
	if err != nil {
		return ""
	}
	for _, status := range pod.Status.ContainerStatuses {
		if status.Name == container && status.State.Waiting != nil && status.RestartCount == 0 {
			return status.State.Waiting.Reason
		}
	}
	return ""
}

func (c *cluster) update(old, next *v1.Pod) error {
	if equality.Semantic.DeepEqual(old.Status, next.Status) {
		return nil
	}
	_, err := c.client.CoreV1().Pods(next.Namespace).UpdateStatus(context.Background(), next, metav1.UpdateOptions{})
	return err
}

// setContainers brings the statuses of all containers, init containers done, to what `say` makes of them.
func setContainers(pod *v1.Pod, say func(*v1.ContainerStatus)) {
	for _, container := range pod.Spec.InitContainers {
		status := statusOf(&pod.Status.InitContainerStatuses, pod, container)
		status.Ready = true
		if status.State.Terminated == nil {
			status.State = ended(0, "Completed", time.Now())
		}
	}
	for _, container := range pod.Spec.Containers {
		status := statusOf(&pod.Status.ContainerStatuses, pod, container)
		say(status)
		started := status.State.Running != nil
		status.Started = &started
	}
}

func statusOf(statuses *[]v1.ContainerStatus, pod *v1.Pod, container v1.Container) *v1.ContainerStatus {
	for i := range *statuses {
		if status := &(*statuses)[i]; status.Name == container.Name {
			status.Image = container.Image
			return status
		}
	}
	*statuses = append(*statuses, v1.ContainerStatus{
		Name: container.Name, Image: container.Image, ImageID: "fake://" + container.Image,
		ContainerID: fmt.Sprintf("fake://%s/%s", pod.UID, container.Name),
	})
	return &(*statuses)[len(*statuses)-1]
}

func waitingIn(reason, message string) func(*v1.ContainerStatus) {
	return func(status *v1.ContainerStatus) {
		status.Ready = false
		status.State = v1.ContainerState{Waiting: &v1.ContainerStateWaiting{Reason: reason, Message: message}}
	}
}

// crash lets every container have ended once more.
func crash(pod *v1.Pod) {
	setContainers(pod, func(status *v1.ContainerStatus) {
		status.RestartCount++
		status.LastTerminationState = ended(1, "Error", time.Now())
		waitingIn("CrashLoopBackOff", "back-off restarting failed container")(status)
	})
}

func finish(pod *v1.Pod, code int32, at time.Time) {
	reason := "Completed"
	if code != 0 {
		reason = "Error"
	}
	setContainers(pod, func(status *v1.ContainerStatus) {
		status.Ready = false
		if status.State.Running != nil {
			status.State = ended(code, reason, at)
		}
	})
	setReady(pod, false)
}

func ended(code int32, reason string, at time.Time) v1.ContainerState {
	return v1.ContainerState{Terminated: &v1.ContainerStateTerminated{
		ExitCode: code, Reason: reason, StartedAt: metav1.NewTime(at), FinishedAt: metav1.NewTime(at),
	}}
}

func setReady(pod *v1.Pod, ready bool) {
	reason, message := "", ""
	if !ready {
		reason, message = "ContainersNotReady", "containers are not ready"
	}
	setCondition(pod, v1.ContainersReady, ready, reason, message)
	setCondition(pod, v1.PodReady, ready, reason, message)
}

func setCondition(pod *v1.Pod, kind v1.PodConditionType, yes bool, reason, message string) {
	is := v1.ConditionFalse
	if yes {
		is = v1.ConditionTrue
	}
	for i := range pod.Status.Conditions {
		condition := &pod.Status.Conditions[i]
		if condition.Type != kind {
			continue
		}
		if condition.Status != is {
			condition.LastTransitionTime = metav1.Now()
		}
		condition.Status, condition.Reason, condition.Message = is, reason, message
		return
	}
	pod.Status.Conditions = append(pod.Status.Conditions, v1.PodCondition{
		Type: kind, Status: is, Reason: reason, Message: message, LastTransitionTime: metav1.Now(),
	})
}

func missingImage(pod *v1.Pod) string {
	for _, container := range pod.Spec.Containers {
		if strings.HasSuffix(container.Image, missingTag) {
			return container.Image
		}
	}
	return ""
}

func isOfJob(pod *v1.Pod) bool {
	owner := metav1.GetControllerOf(pod)
	return owner != nil && owner.Kind == "Job"
}

func durationIn(pod *v1.Pod, key string, otherwise time.Duration) time.Duration {
	if duration, err := time.ParseDuration(pod.Annotations[key]); err == nil {
		return duration
	}
	return otherwise
}

// addressOf is an address that nothing answers at, the same for a pod at any time.
func addressOf(pod *v1.Pod) string {
	digest := fnv.New32a()
	digest.Write([]byte(pod.UID))
	sum := digest.Sum32()
	return fmt.Sprintf("10.244.%d.%d", sum>>8&0xff, sum&0xff%254+1)
}
