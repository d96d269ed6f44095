// The language host of Python for Pulumi's engine, for machines without that of a full Pulumi installation: it is in no Go
// module that can be built. This program stands in for it, by the public LanguageRuntime protocol, as far as the tests
// need it: it runs programs and plugins in an environment that exists. It installs nothing and generates nothing.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"os/signal"
	"strconv"
	"syscall"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/util/rpcutil"
	"github.com/pulumi/pulumi/sdk/v3/go/common/version"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc"
	"google.golang.org/protobuf/types/known/emptypb"
)

// A program that has exited with this status has shown its error already.
const errorWasShown = 32

type host struct {
	pulumirpc.UnimplementedLanguageRuntimeServer
	engine string
}

func main() {
	flag.String("tracing", "", "not supported")
	flag.String("root", "", "not needed")
	flag.Parse()
	if flag.NArg() == 0 {
		fail(errors.New("this stands in for the language host of a full Pulumi installation; the engine starts it"))
	}
	engine := flag.Arg(0)
	cancel := make(chan bool)
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	go func() {
		<-ctx.Done()
		close(cancel)
	}()
	if err := rpcutil.Healthcheck(ctx, engine, 5*time.Minute, stop); err != nil {
		fail(err)
	}
	server, err := rpcutil.ServeWithOptions(rpcutil.ServeOptions{
		Cancel: cancel,
		Init: func(server *grpc.Server) error {
			pulumirpc.RegisterLanguageRuntimeServer(server, &host{engine: engine})
			return nil
		},
	})
	if err != nil {
		fail(err)
	}
	fmt.Println(server.Port)
	if err := <-server.Done; err != nil {
		fail(err)
	}
}

func (h *host) Handshake(
	_ context.Context, request *pulumirpc.LanguageHandshakeRequest,
) (*pulumirpc.LanguageHandshakeResponse, error) {
	h.engine = request.EngineAddress
	return &pulumirpc.LanguageHandshakeResponse{}, nil
}

func (h *host) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version.Version}, nil
}

// About says what stands in, in the output of `pulumi about`.
func (h *host) About(context.Context, *pulumirpc.AboutRequest) (*pulumirpc.AboutResponse, error) {
	executable, err := os.Executable()
	return &pulumirpc.AboutResponse{
		Executable: executable,
		Version:    version.Version,
		Metadata:   map[string]string{"stands in for": "pulumi-language-python"},
	}, err
}

// GetRequiredPackages is empty: plugins are found when they are needed.
func (h *host) GetRequiredPackages(
	context.Context, *pulumirpc.GetRequiredPackagesRequest,
) (*pulumirpc.GetRequiredPackagesResponse, error) {
	return &pulumirpc.GetRequiredPackagesResponse{}, nil
}

func (h *host) GetProgramDependencies(
	context.Context, *pulumirpc.GetProgramDependenciesRequest,
) (*pulumirpc.GetProgramDependenciesResponse, error) {
	return &pulumirpc.GetProgramDependenciesResponse{}, nil
}

// InstallDependencies installs nothing: the environment of a program or plugin must exist.
func (h *host) InstallDependencies(
	*pulumirpc.InstallDependenciesRequest, grpc.ServerStreamingServer[pulumirpc.InstallDependenciesResponse],
) error {
	return nil
}

func (h *host) Run(ctx context.Context, request *pulumirpc.RunRequest) (*pulumirpc.RunResponse, error) {
	command, err := programCommand(ctx, request, h.engine)
	if err != nil {
		return nil, err
	}
	// A program expects an object and a list, not null, where nothing is configured.
	values := map[string]string{}
	maps.Copy(values, request.Config)
	config, err := json.Marshal(values)
	if err != nil {
		return nil, err
	}
	secrets, err := json.Marshal(append([]string{}, request.ConfigSecretKeys...))
	if err != nil {
		return nil, err
	}
	if command.Env == nil {
		command.Env = os.Environ()
	}
	command.Env = append(
		command.Env, "PULUMI_CONFIG="+string(config), "PULUMI_CONFIG_SECRET_KEYS="+string(secrets))
	command.Dir = request.Info.ProgramDirectory
	if request.Pwd != "" {
		command.Dir = request.Pwd
	}
	// The engine shows what this process prints.
	command.Stdout, command.Stderr = os.Stdout, os.Stderr
	status, err := run(command)
	switch {
	case err != nil:
		return nil, err
	case status == errorWasShown:
		return &pulumirpc.RunResponse{Bail: true}, nil
	case status != 0:
		return &pulumirpc.RunResponse{Error: "Program exited with non-zero exit code: " + strconv.Itoa(status)}, nil
	}
	return &pulumirpc.RunResponse{}, nil
}

func (h *host) RunPlugin(
	request *pulumirpc.RunPluginRequest, server grpc.ServerStreamingServer[pulumirpc.RunPluginResponse],
) error {
	command, err := pluginCommand(server.Context(), request)
	if err != nil {
		return err
	}
	streams, stdout, stderr, err := rpcutil.MakeRunPluginStreams(server, false)
	if err != nil {
		return err
	}
	defer streams.Close()
	command.Dir, command.Stdout, command.Stderr = request.Pwd, stdout, stderr
	status, err := run(command)
	if err != nil {
		return err
	}
	return errors.Join(streams.Close(), server.Send(
		&pulumirpc.RunPluginResponse{Output: &pulumirpc.RunPluginResponse_Exitcode{Exitcode: int32(status)}}))
}

// Cancel is answered, and nothing else: the engine ends the programs by the contexts of their requests.
func (h *host) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

// run returns the exit status of a command. The command ends with the request that started it.
func run(command *exec.Cmd) (int, error) {
	err := command.Run()
	var failure *exec.ExitError
	if errors.As(err, &failure) {
		return failure.ExitCode(), nil
	}
	return 0, err
}

// fail ends this program with a message: Pulumi's SDK discards what package log writes.
func fail(err error) {
	fmt.Fprintf(os.Stderr, "%s: %v\n", os.Args[0], err)
	os.Exit(1)
}
