#!/usr/bin/env bash
# Builds the programs of the lab from Go modules into a cache folder, and the Python client's environment beside them.
# usage: build.sh [names...]    prints the folder that holds them
# names: etcd kube-apiserver kube-controller-manager kubectl fakekubelet (what a cluster needs, built when none is named),
#        kubectl-older helm informer (Go), python-client (python3 with venv, and pip's index)
# env:   KUBELAB_CACHE (default ~/.cache/sallyport/kubelab), GOMODCACHE and GOCACHE as usual
# Each program is kept under a digest of all that goes into it, so that a change to one builds that one again; the folder
# that is printed bears the digest of all of those and links to them. Nothing is built twice, nothing stale is used.
set -euo pipefail
cd "$(dirname "$0")"
cache=${KUBELAB_CACHE:-$HOME/.cache/sallyport/kubelab}
helm=v4.3.1
[ $# -gt 0 ] || set -- etcd kube-apiserver kube-controller-manager kubectl fakekubelet
case " $* " in
  *" python-client "*) command -v python3 >/dev/null || { echo "python3 is not on PATH; it is needed for the Python client" >&2; exit 1; } ;;
esac
command -v go >/dev/null || { echo "go is not on PATH; it is needed to build the Kubernetes binaries" >&2; exit 1; }
digest() { if command -v sha256sum >/dev/null; then sha256sum; else shasum -a 256; fi | cut -c1-16; }
version=$(sed -n 's/^require k8s.io\/kubernetes \(v[0-9.]*\).*/\1/p' go.mod | head -1)
older=$(sed -n "s/^\tk8s.io\/kubectl v0\(.[0-9.]*\)$/v1\1/p" older-kubectl/go.mod)
toolchain=$(go env GOVERSION GOOS GOARCH)
export CGO_ENABLED=0 GOFLAGS=-buildvcs=false

flags() { # of the linker, for a Kubernetes version: without these the server says v0.0.0-master
  local all="-s -w" package
  for package in k8s.io/component-base/version k8s.io/client-go/pkg/version; do
    all="$all -X $package.gitVersion=$1 -X $package.gitMajor=1 -X $package.gitMinor=$(echo "$1" | cut -d. -f2)"
    all="$all -X $package.gitTreeState=clean -X $package.gitCommit=modproxy -X $package.buildDate=1970-01-01T00:00:00Z"
  done
  echo "$all"
}

inputs() { # all that goes into a program
  echo "$toolchain"
  case $1 in
    fakekubelet|informer) flags "$version"; cat go.mod go.sum "$1"/*.go ;;
    kubectl-older) flags "$older"; cat older-kubectl/* ;;
    helm) echo "$helm" ;;
    # A virtual environment links to the Python that made it.
    python-client) command -v python3; python3 --version; cat python-client/requirements.txt ;;
    *) flags "$version"; cat go.mod go.sum ;;
  esac
}

compile() { # MODULE_FOLDER PACKAGE VERSION OUT
  (cd "$1" && nice -n 10 go build -mod=readonly -p 2 -trimpath -ldflags "$(flags "$3")" -o "$4" "$2") >&2
}

make_one() { # NAME OUT
  case $1 in
    etcd) compile . go.etcd.io/etcd/server/v3 "$version" "$2" ;;
    fakekubelet|informer) compile . "./$1" "$version" "$2" ;;
    kubectl-older) compile older-kubectl . "$older" "$2" ;;
    helm)
      GOBIN=$2.bin nice -n 10 go install -p 2 -trimpath -ldflags "-s -w" "helm.sh/helm/v4/cmd/helm@$helm" >&2
      mv "$2.bin/helm" "$2" && rmdir "$2.bin" ;;
    *) compile . "k8s.io/kubernetes/cmd/$1" "$version" "$2" ;;
  esac
}

mkdir -p "$cache/programs"
if command -v flock >/dev/null; then exec 9>"$cache/.lock"; flock 9; fi
set_key=$(cat build.sh go.mod go.sum fakekubelet/*.go informer/*.go older-kubectl/* python-client/* <(echo "$toolchain") | digest)
bin=$cache/$version-$set_key
mkdir -p "$bin"
for name in "$@"; do
  program=$cache/programs/$name-$(inputs "$name" | digest)
  if [ "$name" = python-client ]; then
    # Scripts of a virtual environment hold its path: made in place, and whole once the mark is there.
    if [ ! -e "$program/.whole" ]; then
      echo "installing the Python client (python-client/requirements.txt)" >&2
      rm -rf "$program"
      python3 -m venv "$program" >&2
      "$program/bin/pip" install --quiet --disable-pip-version-check --no-input --only-binary :all: --no-deps \
        --requirement python-client/requirements.txt >&2
      touch "$program/.whole"
    fi
  elif [ ! -x "$program" ]; then
    echo "building $name" >&2
    make_one "$name" "$cache/programs/.$name.$$"
    mv "$cache/programs/.$name.$$" "$program"
  fi
  ln -sfn "$program" "$bin/$name"
done
echo "$bin"
