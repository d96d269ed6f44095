#!/bin/sh
# The kubelet's HTTP probe speaks HTTP/2, and a Host header decides whether a redirect is followed.
#
# What: with scheme HTTPS the probe negotiates HTTP/2 with a server that offers it, although it
#   closes the connection after one request; plain HTTP stays with HTTP/1.1. A redirect to a path is
#   followed to its 500. The same redirect with an absolute address is followed when the probe sends
#   no Host header; with one, the address names another host than the pod's, so the 302 itself is
#   the verdict and passes. A 302 without a Location and a 304 pass as well.
# Why it matters: a server whose HTTP/2 front is broken fails its probe only with HTTPS; adding a
#   Host header to satisfy a virtual host can make a failing health check pass.
# Versions: k8s.io/kubernetes 1.37.2 (pkg/probe/http).
# Recorded: 2026-11-27.
set -eu
command -v go >/dev/null || { echo "skip: needs go"; exit 77; }
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
cd "$work"
export GOMODCACHE="$work/modules" GOFLAGS="-mod=mod -modcacherw -trimpath"
{
    printf 'module finding\n\ngo 1.26.0\n\nrequire (\n\tk8s.io/api v0.37.2\n\tk8s.io/apimachinery v0.37.2\n\tk8s.io/kubernetes v1.37.2\n)\n'
    for module in api apiextensions-apiserver apimachinery apiserver cli-runtime client-go cloud-provider \
        cluster-bootstrap code-generator component-base component-helpers controller-manager cri-api cri-client \
        cri-streaming csi-translation-lib dynamic-resource-allocation endpointslice externaljwt kms kube-aggregator \
        kube-controller-manager kube-proxy kube-scheduler kubectl kubelet metrics mount-utils \
        pod-security-admission sample-apiserver sample-cli-plugin sample-controller streaming; do
        echo "replace k8s.io/$module => k8s.io/$module v0.37.2"
    done
} > go.mod
cat > main.go <<'EOF'
package main

import (
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"time"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/util/intstr"
	probe "k8s.io/kubernetes/pkg/probe/http"
)

func main() {
	var protocol string
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		protocol = r.Proto
		switch r.URL.Path {
		case "/broken":
			w.WriteHeader(500)
		case "/no-location":
			w.WriteHeader(302)
		case "/not-modified":
			w.WriteHeader(304)
		case "/absolute":
			w.Header().Set("Location", "http://"+r.Host+"/broken")
			w.WriteHeader(302)
		case "/relative":
			w.Header().Set("Location", "/broken")
			w.WriteHeader(302)
		}
	})
	plain := httptest.NewServer(handler)
	secure := httptest.NewUnstartedServer(handler)
	secure.EnableHTTP2 = true
	secure.StartTLS()
	ask := func(server *httptest.Server, path string, headers ...v1.HTTPHeader) {
		address, port, err := net.SplitHostPort(server.Listener.Addr().String())
		if err != nil {
			panic(err)
		}
		scheme := v1.URIScheme(strings.ToUpper(strings.Split(server.URL, ":")[0]))
		action := &v1.HTTPGetAction{Port: intstr.Parse(port), Path: path, Scheme: scheme, HTTPHeaders: headers}
		request, err := probe.NewRequestForHTTPGetAction(action, &v1.Container{}, address, "probe")
		if err != nil {
			panic(err)
		}
		verdict, _, err := probe.New(false).Probe(request, 5*time.Second)
		if err != nil {
			panic(err)
		}
		fmt.Println(scheme, path, headers, protocol, verdict)
	}
	host := v1.HTTPHeader{Name: "Host", Value: "shop.example.com"}
	ask(plain, "/")
	ask(secure, "/")
	ask(plain, "/relative")
	ask(plain, "/relative", host)
	ask(plain, "/absolute")
	ask(plain, "/absolute", host)
	ask(plain, "/no-location")
	ask(plain, "/not-modified")
}
EOF
seen=$(go run . 2>run.log) || { cat run.log; exit 1; }
recorded='HTTP / [] HTTP/1.1 success
HTTPS / [] HTTP/2.0 success
HTTP /relative [] HTTP/1.1 failure
HTTP /relative [{Host shop.example.com}] HTTP/1.1 failure
HTTP /absolute [] HTTP/1.1 failure
HTTP /absolute [{Host shop.example.com}] HTTP/1.1 warning
HTTP /no-location [] HTTP/1.1 warning
HTTP /not-modified [] HTTP/1.1 warning'
echo "software: k8s.io/kubernetes 1.37.2, pkg/probe/http (a warning counts as success)"
echo "expected: HTTP/1.1 for both schemes; a Host header changes no verdict"
echo "seen:"
printf "%s\n" "$seen"
if [ "$seen" = "$recorded" ]; then echo OK; else echo CHANGED; exit 1; fi
