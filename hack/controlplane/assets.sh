#!/bin/sh
# Prints the directory that holds kube-apiserver and etcd, as KUBEBUILDER_ASSETS
# wants it: the directory that is set already; else bin/controlplane/<version>,
# which is filled once, with what setup-envtest downloads or, where it cannot
# download, with binaries built from this directory's module.
#
# With the argument "kubectl" it prints the path of a kubectl of the same
# version, built when it is not there.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
bin=$(cd "$here/../.." && pwd)/bin
setup_envtest=${SETUP_ENVTEST:-$bin/setup-envtest}

say() { echo "controlplane: $*" >&2; }

# pinned MODULE prints the version that go.mod pins.
pinned() { (cd "$here" && go list -m -f '{{.Version}}' "$1"); }

# build PACKAGE TARGET compiles beside the target and renames, so that TARGET is
# whole whenever it exists, whoever else builds it at the same time.
build() {
	(cd "$here" && CGO_ENABLED=0 go build -trimpath \
		-ldflags "-s -w -X k8s.io/component-base/version.gitVersion=$version" \
		-o "$2.$$" "$1") || { rm -f "$2.$$"; return 1; }
	mv -f "$2.$$" "$2"
}

complete() { [ -x "$1/kube-apiserver" ] && [ -x "$1/etcd" ]; }

# download prints the directory of setup-envtest's binaries for this minor
# version. Where there is no network it fails at once; where packets are
# dropped, after two minutes.
download() {
	[ -x "$setup_envtest" ] || return 1
	limit=$(command -v timeout) && limit="$limit 120"
	minor=${version#v}
	$limit "$setup_envtest" use "${minor%.*}.x" -p path 2>/dev/null
}

if [ $# -eq 0 ] && [ -n "${KUBEBUILDER_ASSETS:-}" ]; then
	echo "$KUBEBUILDER_ASSETS"
	exit
fi

version=$(pinned k8s.io/kubernetes)
assets=$bin/controlplane/$version

if [ "${1:-}" = kubectl ]; then
	mkdir -p "$bin"
	build k8s.io/kubernetes/cmd/kubectl "$bin/kubectl"
	echo "$bin/kubectl"
	exit
fi

if ! complete "$assets"; then
	mkdir -p "$assets"
	if downloaded=$(download) && complete "$downloaded"; then
		ln -sf "$downloaded/etcd" "$downloaded/kube-apiserver" "$assets"
	else
		say "no download of $version; building kube-apiserver and etcd from source, about 6 minutes once"
		build go.etcd.io/etcd/server/v3 "$assets/etcd"
		build k8s.io/kubernetes/cmd/kube-apiserver "$assets/kube-apiserver"
		say "built $assets"
	fi
fi
echo "$assets"
