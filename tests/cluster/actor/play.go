package main

import (
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/big"
	"net"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"syscall"
	"time"
)

const hangs = 24 * time.Hour

// play serves until the script or a signal ends it.
func play() {
	life := beginLife()
	life.note("start")
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM)
	serve(life)
	serveEncrypted(life)
	serveConnections(life)
	exits := make(<-chan time.Time)
	if exit := life.script.Exit; exit != nil {
		exits = time.After(seconds2duration(exit.At))
	}
	for {
		select {
		case <-exits:
			life.note("exit")
			os.Exit(life.script.Exit.Code)
		case <-signals:
			life.note("sigterm")
			how := life.script.Sigterm
			if how == nil {
				how = &Sigterm{}
			}
			if !how.Ignores {
				exits = make(<-chan time.Time)
				go func() {
					time.Sleep(seconds2duration(how.After))
					life.note("exit")
					os.Exit(how.Code)
				}()
			}
		}
	}
}

// serve answers HTTP/1.1, and gRPC over HTTP/2 in clear text, on one port; a handler's name is its path or service.
func serve(life Life) {
	port := os.Getenv("PORT")
	if port == "" {
		port = "8080"
	}
	protocols := new(http.Protocols)
	protocols.SetHTTP1(true)
	protocols.SetUnencryptedHTTP2(true)
	listener, err := net.Listen("tcp", ":"+port)
	must(err)
	go answerAll(life, &http.Server{Protocols: protocols}, listener)
}

// serveEncrypted answers HTTPS on $TLS_PORT, with a certificate of its own that nobody can verify; probes don't.
func serveEncrypted(life Life) {
	port := os.Getenv("TLS_PORT")
	if port == "" {
		return
	}
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	must(err)
	template := x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Now().Add(hangs)}
	certificate, err := x509.CreateCertificate(rand.Reader, &template, &template, &key.PublicKey, key)
	must(err)
	pair := tls.Certificate{Certificate: [][]byte{certificate}, PrivateKey: key}
	listener, err := tls.Listen("tcp", ":"+port, &tls.Config{Certificates: []tls.Certificate{pair}})
	must(err)
	go answerAll(life, &http.Server{}, listener)
}

func answerAll(life Life, server *http.Server, listener net.Listener) {
	server.Handler = http.HandlerFunc(func(writer http.ResponseWriter, request *http.Request) {
		if request.URL.Path == "/grpc.health.v1.Health/Check" {
			answerHealthCheck(life, writer, request)
		} else {
			answerGet(life, writer, request)
		}
	})
	if err := server.Serve(listener); !errors.Is(err, http.ErrServerClosed) {
		must(err)
	}
}

func answerGet(life Life, writer http.ResponseWriter, request *http.Request) {
	name := strings.Trim(request.URL.Path, "/")
	phase := life.does(name)
	noted := strings.HasPrefix(request.UserAgent(), "kube-probe/")
	if noted {
		life.note("attempt", "handler", name, "does", phase.Does)
	}
	switch phase.Does {
	case "fail":
		writer.WriteHeader(http.StatusServiceUnavailable)
	case "hang":
		wait(request.Context(), hangs)
	case "err":
		// The promised body never comes: the client gets an error after a status that looks good.
		writer.Header().Set("Content-Length", "100")
		writer.WriteHeader(http.StatusOK)
		_ = http.NewResponseController(writer).Flush()
		panic(http.ErrAbortHandler)
	case "slow":
		wait(request.Context(), seconds2duration(phase.Takes))
		_, _ = writer.Write([]byte("ok\n"))
	default:
		_, _ = writer.Write([]byte("ok\n"))
	}
}

// answerHealthCheck speaks as much of gRPC as one unary call needs.
func answerHealthCheck(life Life, writer http.ResponseWriter, request *http.Request) {
	name := requestedService(request)
	phase := life.does(name)
	life.note("attempt", "handler", name, "does", phase.Does)
	const serving, notServing = 1, 2
	status := byte(serving)
	switch phase.Does {
	case "fail", "err":
		status = notServing
	case "hang":
		wait(request.Context(), hangs)
		return
	case "slow":
		wait(request.Context(), seconds2duration(phase.Takes))
	}
	writer.Header().Set("Content-Type", "application/grpc")
	writer.Header().Set("Trailer", "Grpc-Status")
	_, _ = writer.Write([]byte{0, 0, 0, 0, 2, 0x08, status})
	writer.Header().Set("Grpc-Status", "0")
}

// requestedService reads field 1 of a HealthCheckRequest of less than 128 bytes behind the five bytes of its frame.
func requestedService(request *http.Request) string {
	message := make([]byte, 256)
	read := 0
	for read < len(message) {
		count, err := request.Body.Read(message[read:])
		read += count
		if err != nil {
			break
		}
	}
	const frame, header = 5, 2
	if read < frame+header || message[frame] != 0x0a || int(message[frame+1]) > read-frame-header {
		return ""
	}
	return string(message[frame+header : frame+header+int(message[frame+1])])
}

// serveConnections listens on $TCP_PORT only while the handler `tcp` succeeds: what a TCP probe sees.
func serveConnections(life Life) {
	port := os.Getenv("TCP_PORT")
	if port == "" {
		return
	}
	go func() {
		var listener net.Listener
		for {
			accepts := life.does("tcp").Does == "succeed"
			if accepts && listener == nil {
				var err error
				listener, err = net.Listen("tcp", ":"+port)
				must(err)
				life.note("listens")
				go accept(life, listener)
			} else if !accepts && listener != nil {
				_ = listener.Close()
				listener = nil
				life.note("refuses")
			}
			time.Sleep(10 * time.Millisecond)
		}
	}()
}

func accept(life Life, listener net.Listener) {
	for {
		connection, err := listener.Accept()
		if err != nil {
			return
		}
		life.note("attempt", "handler", "tcp", "does", "succeed")
		_ = connection.Close()
	}
}

// check is what an exec probe runs inside the container; its status is the verdict.
func check(name string) int {
	life, err := currentLife()
	if err != nil {
		return 1
	}
	phase := life.does(name)
	life.note("attempt", "handler", name, "does", phase.Does)
	switch phase.Does {
	case "fail", "err":
		return 1
	case "hang":
		time.Sleep(hangs)
	case "slow":
		time.Sleep(seconds2duration(phase.Takes))
	}
	return 0
}

func wait(context context.Context, duration time.Duration) {
	select {
	case <-context.Done():
	case <-time.After(duration):
	}
}
