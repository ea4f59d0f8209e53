"""Keeps a namespace's config maps with the Python client's shared informer, and writes what it holds, as one line of
JSON with the colour of each, whenever that changes.

usage: KUBECONFIG=file informer.py NAMESPACE
"""

import json
import sys
import threading

from kubernetes import client, config
from kubernetes.informer import ADDED, DELETED, MODIFIED, SharedInformer

config.load_kube_config()
informer = SharedInformer(client.CoreV1Api().list_namespaced_config_map, namespace=sys.argv[1])


def show(_):
    colours = {one.metadata.name: (one.data or {}).get("colour", "") for one in informer.cache.list()}
    print(json.dumps(colours), flush=True)


for event in (ADDED, MODIFIED, DELETED):
    informer.add_event_handler(event, show)
informer.start()
threading.Event().wait()
