package main

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// serveLogs writes what a container is said to have said: three numbered lines, and with `follow` thirty of them, five
// a second. Of a container that waits to start there are none, as with a real kubelet.
func serveLogs(w http.ResponseWriter, r *http.Request, pods *cluster, namespace, pod, container string) {
	if pods != nil {
		if why := pods.waiting(namespace, pod, container); why != "" {
			http.Error(w, fmt.Sprintf("container %q in pod %q is waiting to start: %s", container, pod, why), 400)
			return
		}
	}
	count, first := 3, 0
	follow := r.FormValue("follow") == "true"
	if follow {
		count = 30
	}
	if tail, err := strconv.Atoi(r.FormValue("tailLines")); err == nil && tail < 3 {
		first = 3 - tail
	}
	for i := first; i < count && r.Context().Err() == nil; i++ {
		if r.FormValue("timestamps") == "true" {
			fmt.Fprintf(w, "%s ", time.Now().UTC().Format(time.RFC3339Nano))
		}
		fmt.Fprintf(w, "log line %d\n", i)
		w.(http.Flusher).Flush()
		if follow {
			select {
			case <-time.After(200 * time.Millisecond):
			case <-r.Context().Done():
			}
		}
	}
}
