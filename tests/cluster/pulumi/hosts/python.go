package main

import (
	"context"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"

	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"github.com/pulumi/pulumi/sdk/v3/python/toolchain"
)

// programCommand runs a program with the script of Pulumi's own host, which is beside this executable.
func programCommand(ctx context.Context, request *pulumirpc.RunRequest, engine string) (*exec.Cmd, error) {
	executable, err := os.Executable()
	if err != nil {
		return nil, err
	}
	entry := request.Info.EntryPoint
	if !filepath.IsAbs(entry) {
		entry = filepath.Join(request.Info.ProgramDirectory, entry)
	}
	arguments := []string{
		"-u",
		filepath.Join(filepath.Dir(executable), "pulumi-language-python-exec"),
		"--monitor", request.MonitorAddress,
		"--engine", engine,
		"--project", request.Project,
		"--root_directory", request.Info.RootDirectory,
		"--stack", request.Stack,
		"--organization", request.Organization,
		"--parallel", strconv.Itoa(int(request.Parallel)),
		"--dry_run", strconv.FormatBool(request.DryRun),
		"--pwd", request.Pwd,
		entry,
	}
	return interpreter(ctx, request.Info, nil, append(arguments, request.Args...))
}

// pluginCommand runs a plugin or a policy pack.
func pluginCommand(ctx context.Context, request *pulumirpc.RunPluginRequest) (*exec.Cmd, error) {
	folder := request.Info.ProgramDirectory
	if request.Kind == "analyzer" {
		arguments := append([]string{"-u", "-m", "pulumi.policy"}, request.Args...)
		return interpreter(ctx, request.Info, request.Env, append(arguments, folder))
	}
	return interpreter(ctx, request.Info, request.Env, append([]string{"-u", folder}, request.Args...))
}

// interpreter returns a command of the Python that the options of the project or plugin choose.
func interpreter(
	ctx context.Context, info *pulumirpc.ProgramInfo, environment []string, arguments []string,
) (*exec.Cmd, error) {
	options := toolchain.PythonOptions{
		Root:       info.RootDirectory,
		ProgramDir: info.ProgramDirectory,
		Toolchain:  toolchain.Pip,
	}
	if value := info.Options.GetFields()["virtualenv"]; value != nil {
		options.Virtualenv = value.GetStringValue()
	}
	chosen, err := toolchain.ResolveToolchain(options)
	if err != nil {
		return nil, err
	}
	command, err := chosen.Command(ctx, arguments...)
	if err != nil {
		return nil, err
	}
	if environment == nil {
		environment = os.Environ()
	}
	if options.Virtualenv != "" {
		folder := options.Virtualenv
		if !filepath.IsAbs(folder) {
			folder = filepath.Join(options.Root, folder)
		}
		environment = toolchain.ActivateVirtualEnv(environment, folder)
	}
	command.Env = environment
	return command, nil
}
