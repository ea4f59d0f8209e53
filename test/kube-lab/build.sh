#!/usr/bin/env bash
# Builds etcd, kube-apiserver, kube-controller-manager and kubectl from Go modules into a cache folder.
# usage: build.sh [names...]    prints the folder that holds them
# env:   KUBELAB_CACHE (default ~/.cache/sallyport/kubelab), GOMODCACHE and GOCACHE as usual
# The folder's name carries a digest of everything that goes into a build: nothing is built twice, nothing stale is used.
set -euo pipefail
cd "$(dirname "$0")"
cache=${KUBELAB_CACHE:-$HOME/.cache/sallyport/kubelab}
command -v go >/dev/null || { echo "go is not on PATH; it is needed to build the Kubernetes binaries" >&2; exit 1; }
digest() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi; }
version=$(sed -n 's/^require k8s.io\/kubernetes \(v[0-9.]*\).*/\1/p' go.mod | head -1)
minor=$(echo "$version" | cut -d. -f2)
key=$(cat go.mod go.sum build.sh fakekubelet/*.go <(go env GOVERSION GOOS GOARCH) | digest | cut -c1-16)
bin=$cache/$version-$key
mkdir -p "$bin"
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false
flags="-s -w"
for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do # without these the server says v0.0.0-master
  flags="$flags -X $package.gitVersion=$version -X $package.gitMajor=1 -X $package.gitMinor=$minor"
  flags="$flags -X $package.gitTreeState=clean -X $package.gitCommit=modproxy -X $package.buildDate=1970-01-01T00:00:00Z"
done
[ $# -gt 0 ] || set -- etcd kube-apiserver kube-controller-manager kubectl
if command -v flock >/dev/null; then exec 9>"$cache/.lock"; flock 9; fi
for name in "$@"; do
  [ -x "$bin/$name" ] && continue
  case $name in
    etcd) source=go.etcd.io/etcd/server/v3 ;;
    fakekubelet) source=./fakekubelet ;;
    *) source=k8s.io/kubernetes/cmd/$name ;;
  esac
  echo "building $name ($source)" >&2
  nice -n 10 go build -mod=readonly -p 2 -trimpath -ldflags "$flags" -o "$bin/.$name.$$" "$source" >&2
  mv "$bin/.$name.$$" "$bin/$name"
done
echo "$bin"
